using DistributedFreeze.Data.Runs;

namespace DistributedFreeze.Training.Inputs;

/// <summary>What patches of a run's own training images look like.</summary>
internal static class SampledPatches
{
    private const int Images = 8;
    private const int PerSide = 24;
    private const int Channels = 3;

    /// <param name="run">The run.</param>
    /// <param name="pixels">Its images.</param>
    /// <param name="side">Height and width of a patch in pixels; at most those of an image.</param>
    /// <exception cref="Errors.InvalidInputException">An image cannot be read.</exception>
    public static PatchStatistics Of(RunDefinition run, RunPixels pixels, int side)
    {
        var source = pixels.View(0);
        var rgb = new byte[source.ImageBytes];
        var train = run.Data.Train;
        var images = Math.Min(Images, train.Length);
        var sums = new Sums(side);
        for (var i = 0; i < images; i++)
        {
            // Spread over all classes, which the training images are sorted by.
            source.Read(run.Data.ContentOf(train[(int)((long)i * train.Length / images)]), rgb);
            sums.Add(rgb, source.Size);
        }

        return sums.Statistics;
    }

    private sealed class Sums(int side)
    {
        private readonly int _numbers = Channels * side * side;
        private readonly double[] _sum = new double[Channels * side * side];
        private readonly double[] _products = new double[Channels * side * side * Channels * side * side];
        private readonly double[] _patch = new double[Channels * side * side];
        private int _count;

        public PatchStatistics Statistics
        {
            get
            {
                var mean = Array.ConvertAll(_sum, sum => sum / _count);
                var covariance = new double[_products.Length];
                for (var i = 0; i < _numbers; i++)
                {
                    for (var j = 0; j < _numbers; j++)
                    {
                        covariance[i * _numbers + j] = _products[Math.Max(i, j) * _numbers + Math.Min(i, j)] / _count - mean[i] * mean[j];
                    }
                }

                return new(side, mean, covariance);
            }
        }

        /// <param name="rgb">[size, size, 3] bytes.</param>
        /// <param name="size">Height and width of the image.</param>
        public void Add(ReadOnlySpan<byte> rgb, int size)
        {
            var steps = Math.Min(PerSide, size - side + 1);
            for (var row = 0; row < steps; row++)
            {
                for (var column = 0; column < steps; column++)
                {
                    Take(rgb, size, At(row), At(column));
                }
            }

            int At(int step) => steps == 1 ? 0 : step * (size - side) / (steps - 1);
        }

        private void Take(ReadOnlySpan<byte> rgb, int size, int top, int left)
        {
            for (var i = 0; i < _numbers; i++)
            {
                var (channel, row, column) = (i / (side * side), i / side % side, i % side);
                _patch[i] = rgb[((top + row) * size + left + column) * Channels + channel];
                _sum[i] += _patch[i];
                for (var j = 0; j <= i; j++)
                {
                    _products[i * _numbers + j] += _patch[i] * _patch[j]; // whole numbers, so that nothing is rounded
                }
            }

            _count++;
        }
    }
}
