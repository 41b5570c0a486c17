namespace DistributedFreeze.Training.Weights;

/// <summary>Simple statistics of a tensor's finite numbers.</summary>
/// <param name="Mean">Their mean; NaN where there are none.</param>
/// <param name="StandardDeviation">Of the whole population, not of a sample; NaN where there are none.</param>
/// <param name="Least">The least; NaN where there are none.</param>
/// <param name="Greatest">The greatest; NaN where there are none.</param>
/// <param name="NotFinite">How many numbers are NaN or infinite.</param>
public readonly record struct TensorStatistics(double Mean, double StandardDeviation, float Least, float Greatest, long NotFinite)
{
    /// <summary>Computes them in two passes, so that a large mean does not hide a small deviation. Pure and thread-safe.</summary>
    /// <param name="values">The tensor's numbers.</param>
    public static TensorStatistics Of(ReadOnlySpan<float> values)
    {
        var (sum, count) = (0d, 0L);
        var (least, greatest) = (float.PositiveInfinity, float.NegativeInfinity);
        foreach (var value in values)
        {
            if (float.IsFinite(value))
            {
                sum += value;
                count++;
                (least, greatest) = (Math.Min(least, value), Math.Max(greatest, value));
            }
        }

        if (count == 0)
        {
            return new(double.NaN, double.NaN, float.NaN, float.NaN, values.Length);
        }

        var (mean, squares) = (sum / count, 0d);
        foreach (var value in values)
        {
            squares += float.IsFinite(value) ? (value - mean) * (value - mean) : 0;
        }

        return new(mean, Math.Sqrt(squares / count), least, greatest, values.Length - count);
    }
}
