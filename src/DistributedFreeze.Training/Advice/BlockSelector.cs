using System.Collections.Immutable;
using DistributedFreeze.Advice;
using DistributedFreeze.Data;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Advice;

/// <summary>Chooses the blocks whose channel means a head should see together: by a group lasso over all of them, cross-validated.</summary>
internal sealed class BlockSelector
{
    /// <summary>What it works on is as large as the square of the number of images.</summary>
    public const int MostImages = 500;

    /// <summary>Images times classes above which there is no choice: it would take minutes.</summary>
    private const int MostWork = 12_000;

    private const int Penalties = 12;

    /// <summary>Each penalty beside the one before: the last one is a seventieth of the first that lets nothing through.</summary>
    private const double Ratio = 0.7;

    private const double Tolerance = 1e-3;
    private const int MostSteps = 200;

    private readonly ImmutableArray<float[]> _records;
    private readonly ImmutableArray<LabelledImage> _images;
    private readonly ImmutableArray<int> _folds;
    private readonly BlockRegression _regression;
    private readonly int _classes;
    private readonly Blocks _blocks;
    private readonly int _seed;

    /// <param name="records">The channel means of each image, one record per image.</param>
    /// <param name="images">The images.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="blocks">The base's.</param>
    /// <param name="seed">The run's.</param>
    public BlockSelector(IReadOnlyList<float[]> records, IReadOnlyList<LabelledImage> images, int classes, Blocks blocks, int seed)
    {
        (_classes, _blocks, _seed) = (classes, blocks, seed);
        var drawn = Folds.Draw(images, MostImages, seed);
        _images = [.. images.Where((_, i) => drawn[i])];
        _records = [.. records.Where((_, i) => drawn[i])];
        _folds = Folds.Of(_images, DepthProbe.FoldCount, seed);
        _regression = new(_records, _images, classes);
        Parts = _images.Length >= (long)DepthProbe.FewestPerClass * classes && (long)_images.Length * classes <= MostWork
            && Enumerable.Range(0, DepthProbe.FoldCount).All(fold => _folds.Contains(fold))
            ? DepthProbe.FoldCount
            : 0;
    }

    /// <summary>Parts of a <see cref="Choose"/>, and one less than those of a <see cref="Run"/>; 0 where nothing can be chosen.</summary>
    public int Parts { get; }

    /// <summary>Chooses, on threads of its own, and no more. The result does not depend on their number.</summary>
    /// <param name="threads">How many threads.</param>
    /// <param name="done">Told after each part, from any thread.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The layers that the blocks end with, in order; none where there are too few images of a class or too many classes, or where no block tells anything.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public ImmutableArray<string> Choose(int threads, Action done, CancellationToken cancellationToken) => Parts == 0
        ? []
        : [.. BestOf(Paths(threads, done, cancellationToken), cancellationToken).Chosen.Select(block => _blocks.Layers[block].Name)];

    /// <summary>Chooses, and judges the choice by images that it was made without, on threads of its own. The result does not depend on their number.</summary>
    /// <param name="threads">How many threads.</param>
    /// <param name="done">Told after each part, from any thread.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>Null where there are too few images of a class or too many classes, or where no block tells anything; and what was answered on the way.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public (BlockSelection? Selection, HeadAnswers Answers) Run(int threads, Action done, CancellationToken cancellationToken)
    {
        if (Parts == 0)
        {
            return (null, HeadAnswers.None);
        }

        var paths = Paths(threads, done, cancellationToken);
        var (best, chosen) = BestOf(paths, cancellationToken);
        if (chosen.IsEmpty || paths.Any(path => path[best].Left.IsEmpty))
        {
            done();
            return (null, HeadAnswers.None);
        }

        // Each fold is judged by the blocks that were chosen without it.
        Func<int, ImmutableArray<int>>[] heads = [fold => paths[fold][best].Left, _ => [_blocks.Places.Length - 1], _ => _blocks.StageEnds];
        var answers = new ImmutableArray<Answer>[heads.Length * paths.Length];
        OwnThreads.For(answers.Length, threads, "selection", part =>
        {
            var (head, fold) = (part / paths.Length, part % paths.Length);
            answers[part] = _regression.Judge([.. heads[head](fold).Select(block => _blocks.Places[block])], Outside(fold), Inside(fold), cancellationToken);
        }, cancellationToken);
        done();
        var answered = new HeadAnswers(Chosen: Of(0), Last: Of(1), Stages: Of(2));
        var comparison = new Comparison(EpochMeasure.Accuracy, _classes, _seed);
        return (
            new(
                [.. chosen.Select(block => _blocks.Layers[block].Name)],
                chosen.Sum(block => _blocks.Places[block].Channels),
                comparison.ScoreOf(answered.Chosen),
                comparison.GainOf(answered.Chosen, answered.Last)),
            answered);

        ImmutableArray<Answer> Of(int head) => [.. answers.Skip(head * paths.Length).Take(paths.Length).SelectMany(fold => fold)];
    }

    private ImmutableArray<(double Loss, ImmutableArray<int> Left)>[] Paths(int threads, Action done, CancellationToken cancellationToken)
    {
        var paths = new ImmutableArray<(double Loss, ImmutableArray<int> Left)>[DepthProbe.FoldCount];
        OwnThreads.For(paths.Length, threads, "selection", fold =>
        {
            paths[fold] = Path(Outside(fold), Inside(fold), Penalties, cancellationToken);
            done();
        }, cancellationToken);
        return paths;
    }

    /// <summary>The best penalty, and the blocks that it leaves of all images.</summary>
    private (int Best, ImmutableArray<int> Chosen) BestOf(ImmutableArray<(double Loss, ImmutableArray<int> Left)>[] paths, CancellationToken cancellationToken)
    {
        var best = Enumerable.Range(0, Penalties).MinBy(i => paths.Sum(path => path[i].Loss)); // of equal ones the greatest penalty
        return (best, Path([.. Enumerable.Range(0, _images.Length)], [], best + 1, cancellationToken)[best].Left);
    }

    /// <summary>The loss of images held out, and the blocks that are left, for one penalty after another.</summary>
    private ImmutableArray<(double Loss, ImmutableArray<int> Left)> Path(ImmutableArray<int> training, ImmutableArray<int> heldOut, int penalties, CancellationToken cancellationToken)
    {
        var products = new GramMatrices(_records, training, heldOut, _blocks, cancellationToken);
        var lasso = new GroupLasso(products.Training, [.. training.Select(i => _images[i].Class)], _classes);
        var path = ImmutableArray.CreateBuilder<(double, ImmutableArray<int>)>(penalties);
        var penalty = lasso.GreatestPenalty;
        for (var i = 0; i < penalties; i++)
        {
            penalty *= Ratio;
            lasso.Fit(penalty, Tolerance, MostSteps, cancellationToken);
            path.Add((heldOut.Select((image, place) => CrossEntropy(lasso.Score(products.HeldOut(place)), _images[image].Class)).Sum(), lasso.Left));
        }

        return path.MoveToImmutable();
    }

    private static double CrossEntropy(double[] scores, int label)
    {
        var peak = scores.Max();
        return Math.Log(scores.Sum(score => Math.Exp(score - peak))) + peak - scores[label];
    }

    private ImmutableArray<int> Inside(int fold) => [.. Enumerable.Range(0, _images.Length).Where(i => _folds[i] == fold)];

    private ImmutableArray<int> Outside(int fold) => [.. Enumerable.Range(0, _images.Length).Where(i => _folds[i] != fold)];
}
