using System.Collections.Immutable;
using DistributedFreeze.Advice;
using DistributedFreeze.Evaluation;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Advice;

/// <summary>Compares what candidates say of the same images. Not thread-safe.</summary>
/// <param name="measure">By what.</param>
/// <param name="classes">Number of classes.</param>
/// <param name="seed">The run's.</param>
internal sealed class Comparison(EpochMeasure measure, int classes, int seed)
{
    private readonly Bootstrap _bootstrap = new(measure, classes, seed);
    private readonly Dictionary<ImmutableArray<Answer>, double[]> _resampled = [];

    /// <summary>The score of answers, with its interval.</summary>
    public ScoreInterval ScoreOf(ImmutableArray<Answer> answers)
    {
        var (low, high) = measure == EpochMeasure.Accuracy
            ? AccuracyOf(answers)
            : Bootstrap.Interval(Resampled(answers));
        return new(Score.Of(measure, answers, classes), low, high);
    }

    /// <summary>The score of answers, greater where it is better, also where less is.</summary>
    public double GoodnessOf(ImmutableArray<Answer> answers) => Score.Gain(measure, Score.Of(measure, answers, classes), other: 0);

    /// <summary>How much better one is than another on the same images, with its interval.</summary>
    /// <param name="one">Answers of the one.</param>
    /// <param name="other">Answers of the other to the same images in the same order.</param>
    /// <exception cref="ArgumentException">They are not of the same images.</exception>
    public GainInterval GainOf(ImmutableArray<Answer> one, ImmutableArray<Answer> other)
    {
        if (!one.Select(answer => answer.Class).SequenceEqual(other.Select(answer => answer.Class)))
        {
            throw new ArgumentException("Only answers to the same images can be paired.", nameof(other));
        }

        var gain = Score.Gain(measure, Score.Of(measure, one, classes), Score.Of(measure, other, classes));
        var (low, high) = measure == EpochMeasure.Accuracy
            ? PairedAccuracy.Interval(Pairs(other, one), one.Length)
            : Bootstrap.Interval(Resampled(one).Zip(Resampled(other), (score, with) => Score.Gain(measure, score, with)));
        return new(gain, low, high, low > 0 || high < 0);
    }

    private static McNemar Pairs(ImmutableArray<Answer> first, ImmutableArray<Answer> second)
    {
        var pairs = first.Zip(second, (a, b) => (First: a.Said == a.Class, Second: b.Said == b.Class)).ToList();
        return new(pairs.Count(pair => pair.First && !pair.Second), pairs.Count(pair => pair.Second && !pair.First));
    }

    private (double Low, double High) AccuracyOf(ImmutableArray<Answer> answers)
    {
        var interval = AccuracyInterval.Of(answers.Count(answer => answer.Said == answer.Class), answers.Length, seed);
        return (interval.Low, interval.High);
    }

    private double[] Resampled(ImmutableArray<Answer> answers)
    {
        if (!_resampled.TryGetValue(answers, out var scores))
        {
            scores = _bootstrap.Scores(answers);
            _resampled.Add(answers, scores);
        }

        return scores;
    }
}
