using System.Collections.Immutable;
using DistributedFreeze.Advice;
using DistributedFreeze.Data;
using DistributedFreeze.Evaluation;

namespace DistributedFreeze.Training.Advice;

/// <summary>How well the frozen features of each depth tell the classes apart: logistic regression on each block's channel means, cross-validated.</summary>
/// <param name="records">The channel means of each image, one record per image.</param>
/// <param name="images">The images.</param>
/// <param name="classes">Number of classes.</param>
/// <param name="blocks">The base's.</param>
/// <param name="seed">The run's.</param>
internal sealed class DepthProbe(IReadOnlyList<float[]> records, IReadOnlyList<LabelledImage> images, int classes, Blocks blocks, int seed)
{
    /// <summary>Parts that the images are dealt into; each is held out once.</summary>
    public const int FoldCount = 5;

    /// <summary>More images than this hardly change which depth is best, and a probe of all blocks takes seconds as it is.</summary>
    public const int MostImages = 1_000;

    /// <summary>Fewer images of a class than this, on the average, tell nothing of it: one is held out of every fold.</summary>
    internal const int FewestPerClass = FoldCount;

    /// <summary>Weights of a regression above which it is left out: its steps are remembered, which takes twenty times as much memory.</summary>
    private const int MostWeights = 1 << 21;

    /// <summary>Name of the probe of all blocks together.</summary>
    public const string AllBlocks = "all blocks";

    private readonly BlockRegression _regression = new(records, images, classes);
    private readonly ImmutableArray<int> _folds = Folds.Of(images, FoldCount, seed);

    private readonly ImmutableArray<(string Name, int Offset, int Features)> _depths =
    [
        .. blocks.Layers.Zip(blocks.Places, (layer, place) => (layer.Name, place.Offset, Features: place.Channels))
            .Append((Name: AllBlocks, Offset: 0, Features: blocks.Channels))
            .Where(depth => (long)depth.Features * classes <= MostWeights && images.Count >= (long)FewestPerClass * classes),
    ];

    /// <summary>Probes every depth, and all of them together, on threads of its own. The result does not depend on their number.</summary>
    /// <param name="threads">How many threads.</param>
    /// <param name="done">Told after each of <see cref="Parts"/> parts, from any thread.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>Each depth; none where there are fewer than 5 images per class, and without those that would take too much memory for so many classes.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public ImmutableArray<DepthScore> Run(int threads, Action done, CancellationToken cancellationToken)
    {
        var answers = _depths.Select(_ => new Answer?[images.Count]).ToArray();
        OwnThreads.For(Parts, threads, "probe", part =>
        {
            var depth = _depths.Length - 1 - (part / FoldCount); // the longest first
            Probe(part % FoldCount, (_depths[depth].Offset, _depths[depth].Features), answers[depth], cancellationToken);
            done();
        }, cancellationToken);
        return [.. _depths.Select((depth, i) => Score(depth.Name, depth.Features, answers[i]))];
    }

    /// <summary>Regressions of a whole <see cref="Run"/>.</summary>
    public int Parts => FoldCount * _depths.Length;

    private void Probe(int fold, (int Offset, int Channels) place, Answer?[] answers, CancellationToken cancellationToken)
    {
        var parts = Enumerable.Range(0, images.Count).ToLookup(i => _folds[i] == fold);
        if (!parts[false].Any())
        {
            return; // copies of one image
        }

        ImmutableArray<int> heldOut = [.. parts[true]];
        foreach (var (image, answer) in heldOut.Zip(_regression.Judge([place], [.. parts[false]], heldOut, cancellationToken)))
        {
            answers[image] = answer;
        }
    }

    private DepthScore Score(string name, int features, Answer?[] answers)
    {
        var correct = images.Where((image, i) => image.Class == (answers[i]?.Said ?? 0)).Count();
        var interval = AccuracyInterval.Of(correct, images.Count, seed);
        return new(name, features, (double)correct / images.Count, interval.Low, interval.High, answers.Sum(answer => answer?.Loss ?? 0) / images.Count);
    }
}
