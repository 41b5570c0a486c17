using System.Collections.Immutable;

namespace DistributedFreeze.Training.Advice;

/// <summary>The Gram matrix of each block: the products of any two images' channel means, standardized over those that train. Immutable and thread-safe.</summary>
internal sealed class GramMatrices
{
    private readonly ImmutableArray<double[]> _heldOut;
    private readonly int _training;

    /// <param name="records">The channel means of each image.</param>
    /// <param name="training">Places of those that train, at least one.</param>
    /// <param name="heldOut">Places of the others.</param>
    /// <param name="blocks">Where each block's channels lie.</param>
    /// <param name="cancellationToken">Stops between two blocks.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public GramMatrices(IReadOnlyList<float[]> records, ImmutableArray<int> training, ImmutableArray<int> heldOut, Blocks blocks, CancellationToken cancellationToken)
    {
        _training = training.Length;
        var (within, across) = (ImmutableArray.CreateBuilder<double[]>(), ImmutableArray.CreateBuilder<double[]>());
        foreach (var (offset, channels) in blocks.Places)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var standardizer = new Standardizer([.. training.Select(i => records[i])], offset, channels);
            var rows = Rows(training);
            within.Add(Multiply(rows, rows, channels));
            across.Add(Multiply(Rows(heldOut), rows, channels));

            double[] Rows(ImmutableArray<int> images)
            {
                var values = new double[images.Length * channels];
                for (var i = 0; i < images.Length; i++)
                {
                    standardizer.Write(records[images[i]], values.AsSpan(i * channels, channels));
                }

                return values;
            }
        }

        (Training, _heldOut) = (within.ToImmutable(), across.ToImmutable());
    }

    /// <summary>Of any two images that train, for each block: of an image with itself about 1.</summary>
    public ImmutableArray<double[]> Training { get; }

    /// <summary>Of an image held out with each that trains, for each block.</summary>
    /// <param name="image">Its place among those held out.</param>
    public ImmutableArray<ReadOnlyMemory<double>> HeldOut(int image) => [.. _heldOut.Select(products => (ReadOnlyMemory<double>)products.AsMemory(image * _training, _training))];

    /// <returns>The products of each of the first rows with each of the others, by the number of channels.</returns>
    private static double[] Multiply(double[] one, double[] other, int channels)
    {
        var (rows, columns) = (one.Length / channels, other.Length / channels);
        var products = new double[rows * columns];
        for (var row = 0; row < rows; row++)
        {
            var values = one.AsSpan(row * channels, channels);
            for (var column = 0; column < columns; column++)
            {
                products[(row * columns) + column] = DoubleVector.Dot(values, other.AsSpan(column * channels, channels)) / channels;
            }
        }

        return products;
    }
}
