namespace DistributedFreeze.Training.Inputs;

/// <summary>Mean and covariance of what a kernel is laid over: square patches of images, in pixels from 0 to 255.</summary>
/// <remarks>
/// A first convolution is linear, so that mean and variance of all it puts out follow from these, whatever comes between pixels and
/// input as long as that is linear, too. Immutable and thread-safe.
/// </remarks>
internal sealed class PatchStatistics
{
    private const int Channels = 3;

    /// <param name="side">Height and width of a patch in pixels.</param>
    /// <param name="mean">Mean of every number of a patch: channel (red, green, blue) by channel, row by row.</param>
    /// <param name="covariance">Covariances of these numbers, row by row; as many rows as numbers.</param>
    public PatchStatistics(int side, double[] mean, double[] covariance)
    {
        if (mean.Length != Channels * side * side || covariance.Length != mean.Length * mean.Length)
        {
            throw new ArgumentException($"Patches of {side} x {side} pixels do not have {mean.Length} means and {covariance.Length} covariances.", nameof(mean));
        }

        (Side, Mean, Covariance) = (side, mean, covariance);
    }

    /// <summary>Height and width of a patch in pixels.</summary>
    public int Side { get; }

    /// <summary>Means, channel by channel.</summary>
    public IReadOnlyList<double> Mean { get; }

    /// <summary>Covariances, row by row.</summary>
    public IReadOnlyList<double> Covariance { get; }

    /// <summary>Mean and variance of what a kernel puts out.</summary>
    /// <param name="kernel">A weight for every number of a patch, in their order.</param>
    public (double Mean, double Variance) Through(ReadOnlySpan<double> kernel)
    {
        var (mean, variance) = (0.0, 0.0);
        for (var i = 0; i < kernel.Length; i++)
        {
            var row = 0.0;
            for (var j = 0; j < kernel.Length; j++)
            {
                row += Covariance[i * kernel.Length + j] * kernel[j];
            }

            mean += Mean[i] * kernel[i];
            variance += row * kernel[i];
        }

        return (mean, Math.Max(0, variance));
    }
}
