namespace DistributedFreeze.Training.Advice;

/// <summary>Shifts and scales every feature to mean 0 and deviation 1 over the rows that train. Immutable and thread-safe.</summary>
/// <remarks>As scikit-learn's <c>StandardScaler</c>: a feature that is the same in all rows is shifted, and not scaled.</remarks>
internal sealed class Standardizer
{
    private readonly int _offset;
    private readonly double[] _means;
    private readonly double[] _scales;

    /// <param name="records">The rows that train, at least one.</param>
    /// <param name="offset">Where the features begin in a record.</param>
    /// <param name="features">How many there are.</param>
    public Standardizer(IReadOnlyList<float[]> records, int offset, int features)
    {
        (_offset, _means, _scales) = (offset, new double[features], new double[features]);
        foreach (var record in records)
        {
            for (var i = 0; i < features; i++)
            {
                _means[i] += record[offset + i];
            }
        }

        for (var i = 0; i < features; i++)
        {
            _means[i] /= records.Count;
        }

        foreach (var record in records)
        {
            for (var i = 0; i < features; i++)
            {
                var distance = record[offset + i] - _means[i];
                _scales[i] += distance * distance;
            }
        }

        for (var i = 0; i < features; i++)
        {
            var deviation = Math.Sqrt(_scales[i] / records.Count);
            _scales[i] = deviation > 0 ? 1 / deviation : 1;
        }
    }

    /// <param name="record">A record.</param>
    /// <param name="row">Receives its features, as many as there are.</param>
    public void Write(float[] record, Span<double> row)
    {
        for (var i = 0; i < row.Length; i++)
        {
            row[i] = (record[_offset + i] - _means[i]) * _scales[i];
        }
    }
}
