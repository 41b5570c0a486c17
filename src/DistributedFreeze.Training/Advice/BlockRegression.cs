using System.Collections.Immutable;
using DistributedFreeze.Data;

namespace DistributedFreeze.Training.Advice;

/// <summary>Logistic regression on the channel means of some blocks together, judged by images that it has not seen. Thread-safe.</summary>
/// <param name="records">The channel means of each image.</param>
/// <param name="images">The images.</param>
/// <param name="classes">Number of classes.</param>
internal sealed class BlockRegression(IReadOnlyList<float[]> records, IReadOnlyList<LabelledImage> images, int classes)
{
    /// <summary>scikit-learn's C for rows of length 1: standardized rows are as long as the root of their number of features.</summary>
    private const double InverseRegularization = 10;

    private const double Tolerance = 1e-5;
    private const int MostIterations = 100;
    private const int FewestIterations = 20;

    /// <summary>Images times classes up to which a regression has all its iterations: more of them are stopped earlier, which regularizes as well.</summary>
    private const int LightWork = 4_000;

    private int Iterations => (int)Math.Clamp(MostIterations * (double)LightWork / ((double)images.Count * classes), FewestIterations, MostIterations);

    /// <summary>Fits it to some images and judges it by others.</summary>
    /// <param name="places">Where the channels of each block lie; at least one block.</param>
    /// <param name="training">Places of the images that it is fitted to, at least one.</param>
    /// <param name="heldOut">Places of the others.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>What it says of each of the others.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public ImmutableArray<Answer> Judge(IReadOnlyList<(int Offset, int Channels)> places, ImmutableArray<int> training, ImmutableArray<int> heldOut, CancellationToken cancellationToken)
    {
        var features = places.Sum(place => place.Channels);
        ImmutableArray<float[]> trained = [.. training.Select(i => records[i])];
        var standardizers = places.Select(place => (place.Channels, Standardizer: new Standardizer(trained, place.Offset, place.Channels))).ToList();
        var rows = new double[training.Length * features];
        for (var i = 0; i < training.Length; i++)
        {
            Write(trained[i], rows.AsSpan(i * features, features));
        }

        var model = LogisticRegression.Fit(
            rows, [.. training.Select(i => images[i].Class)], classes, InverseRegularization / features, Tolerance, Iterations, cancellationToken);
        var row = new double[features];
        return [.. heldOut.Select(Answer)];

        Answer Answer(int image)
        {
            Write(records[image], row);
            var (loss, said) = model.Judge(row, images[image].Class);
            return new(images[image].Class, said, loss);
        }

        void Write(float[] record, Span<double> into)
        {
            var start = 0;
            foreach (var (channels, standardizer) in standardizers)
            {
                standardizer.Write(record, into.Slice(start, channels));
                start += channels;
            }
        }
    }
}
