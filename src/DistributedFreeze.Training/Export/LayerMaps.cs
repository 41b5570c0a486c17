using Microsoft.ML.OnnxRuntime;

namespace DistributedFreeze.Training.Export;

/// <summary>The maps of one layer for one image, (channels, height, width) row-major.</summary>
internal sealed class LayerMaps
{
    private readonly float[] _maps;

    public LayerMaps(float[] maps, int channels, int height, int width) => (_maps, Channels, Height, Width) = (maps, channels, height, width);

    /// <summary>Takes the output of a session that computed one image.</summary>
    public static LayerMaps Of(OrtValue output)
    {
        var shape = output.GetTensorTypeAndShape().Shape;
        return new(output.GetTensorDataAsSpan<float>().ToArray(), (int)shape[1], (int)shape[2], (int)shape[3]);
    }

    public int Channels { get; }

    public int Height { get; }

    public int Width { get; }

    /// <summary>The mean of each channel.</summary>
    public double[] Means()
    {
        var means = new double[Channels];
        for (var channel = 0; channel < Channels; channel++)
        {
            foreach (var value in _maps.AsSpan(channel * Height * Width, Height * Width))
            {
                means[channel] += value;
            }

            means[channel] /= Height * Width;
        }

        return means;
    }

    /// <summary>Adds the channels, each times its weight, to a map with at least as many places, whose mean grows by the mean of what is added.</summary>
    /// <param name="values">[row, column].</param>
    /// <param name="width">Its columns.</param>
    /// <param name="height">Its rows.</param>
    /// <param name="weights">One for each channel.</param>
    public void AddTo(double[] values, int width, int height, ReadOnlySpan<double> weights)
    {
        var sums = new double[Height * Width];
        for (var channel = 0; channel < Channels; channel++)
        {
            for (var place = 0; place < sums.Length; place++)
            {
                sums[place] += weights[channel] * _maps[(channel * sums.Length) + place];
            }
        }

        if ((width, height) == (Width, Height))
        {
            for (var place = 0; place < sums.Length; place++)
            {
                values[place] += sums[place];
            }

            return;
        }

        // A finer place has the mean of the area that it covers of the coarser ones, so that no part of the whole is lost or counted twice.
        for (var row = 0; row < height; row++)
        {
            foreach (var (coarseRow, high) in Covered(row, height, Height))
            {
                for (var column = 0; column < width; column++)
                {
                    foreach (var (coarseColumn, wide) in Covered(column, width, Width))
                    {
                        values[(row * width) + column] += high * wide * sums[(coarseRow * Width) + coarseColumn];
                    }
                }
            }
        }
    }

    /// <summary>The coarser places that a finer one covers, and which share of it each is.</summary>
    private static IEnumerable<(int Place, double Share)> Covered(int place, int fine, int coarse)
    {
        var (from, to) = ((double)place * coarse / fine, (double)(place + 1) * coarse / fine);
        for (var at = (int)from; at < coarse && at < to; at++)
        {
            if (Math.Min(to, at + 1) - Math.Max(from, at) is > 0 and var overlap)
            {
                yield return (at, overlap / (to - from));
            }
        }
    }
}
