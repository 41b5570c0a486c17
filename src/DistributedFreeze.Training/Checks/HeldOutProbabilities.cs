using System.Collections.Immutable;
using DistributedFreeze.Data;
using DistributedFreeze.Training.Advice;

namespace DistributedFreeze.Training.Checks;

/// <summary>What classifiers think of images that they were not trained on: logistic regressions on standardized features, one for each fold.</summary>
/// <param name="features">The features of each image, all of one length.</param>
/// <param name="images">The images; copies of one fall into the same fold, so that none is judged by a regression that knows it.</param>
/// <param name="classes">Number of classes.</param>
/// <param name="seed">Seed of the folds.</param>
internal sealed class HeldOutProbabilities(IReadOnlyList<float[]> features, IReadOnlyList<LabelledImage> images, int classes, int seed)
{
    /// <summary>Parts that the images are dealt into; each is held out once.</summary>
    public const int FoldCount = 5;

    /// <summary>scikit-learn's C for rows of length 1, as in the probe of depths.</summary>
    private const double InverseRegularization = 10;

    private const double Tolerance = 1e-5;

    /// <summary>Steps of a regression: stopped early, as in the probe of depths, it is regularized as well as by a smaller C.</summary>
    private const int Iterations = 30;

    /// <summary>Weights of a regression above which there is none: its steps are remembered, which takes twenty times as much memory.</summary>
    private const int MostWeights = 1 << 21;

    /// <summary>Rows of a regression times its classes: more take minutes.</summary>
    private const int MostWork = 4_000_000;

    private const int MostRows = 10_000;

    /// <summary>Whether there are images enough for each class, and not too many classes.</summary>
    public bool CanTell => images.Count >= (long)FoldCount * classes && (long)features[0].Length * classes <= MostWeights;

    /// <summary>Trains the regressions and lets each judge what it has not seen, on threads of its own. The result does not depend on their number.</summary>
    /// <param name="threads">How many threads.</param>
    /// <param name="done">Told after each of <see cref="FoldCount"/> parts, from any thread.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>Of each image the probability of each class.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public double[][] Run(int threads, Action done, CancellationToken cancellationToken)
    {
        var probabilities = new double[images.Count][];
        var folds = Folds.Of(images, FoldCount, seed);
        var drawn = Folds.Draw(images, (int)Math.Clamp(MostWork / classes, 1, (long)MostRows), seed);
        OwnThreads.For(FoldCount, threads, "labels", fold =>
        {
            Judge(fold, folds, drawn, probabilities, cancellationToken);
            done();
        }, cancellationToken);
        return probabilities;
    }

    private void Judge(int fold, ImmutableArray<int> folds, ImmutableArray<bool> drawn, double[][] probabilities, CancellationToken cancellationToken)
    {
        ImmutableArray<int> training = [.. Enumerable.Range(0, images.Count).Where(i => folds[i] != fold && drawn[i])];
        var width = features[0].Length;
        var standardizer = new Standardizer([.. training.Select(i => features[i])], 0, width);
        var rows = new double[training.Length * width];
        for (var i = 0; i < training.Length; i++)
        {
            standardizer.Write(features[training[i]], rows.AsSpan(i * width, width));
        }

        var model = LogisticRegression.Fit(
            rows, [.. training.Select(i => images[i].Class)], classes, InverseRegularization / width, Tolerance, Iterations, cancellationToken);
        var row = new double[width];
        for (var i = 0; i < images.Count; i++)
        {
            if (folds[i] == fold)
            {
                standardizer.Write(features[i], row);
                probabilities[i] = model.Probabilities(row);
            }
        }
    }
}
