using System.Collections.Immutable;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Results.Curves;

/// <summary>The points that a run's events come to, each once. Not thread-safe.</summary>
/// <remarks>
/// <para>
/// A step counts the optimizer steps since the start of the run as if every phase before trained all its epochs, so that it follows from the event and the spec alone.
/// A phase that ends early leaves a gap.
/// </para>
/// <para>
/// A run that is set back does steps again, with the same result: what lies at or before the furthest step that was told is left out. The same events give the same points,
/// so whoever reads a run from its first event gets exactly what others got before.
/// </para>
/// </remarks>
/// <param name="spec">The run.</param>
internal sealed class RunScalars(RunSpec spec)
{
    private readonly long[] _epochsBefore = EpochsBefore(spec);
    private long _stepsPerEpoch;
    private long _step;
    private long _epoch;

    /// <summary>The furthest step that is done; 0 before the first.</summary>
    public long Step => _step;

    /// <summary>The points of an event; most events have none.</summary>
    /// <param name="happened">The event, in the run's order.</param>
    public ImmutableArray<Scalar> Of(RunEvent happened)
    {
        switch (happened)
        {
            case RunEvent.Prepared prepared:
                _stepsPerEpoch = StepsOf(prepared.TrainImages); // a run may go on at the end of an epoch, with no window of it to come
                return [];
            case RunEvent.WindowDone window:
                _stepsPerEpoch = window.Steps;
                return Window(window);
            case RunEvent.EpochDone { Result: var epoch }:
                return Epoch(epoch, happened.At);
            default:
                return [];
        }
    }

    /// <summary>The points of the test, at the run's last step.</summary>
    /// <param name="receipt">What a run that succeeded has come to.</param>
    /// <param name="at">When it ended.</param>
    public ImmutableArray<Scalar> Of(Receipt receipt, DateTimeOffset at) => Points("test", _step, at, ("loss", receipt.TestLoss), ("accuracy", receipt.TestAccuracy));

    private ImmutableArray<Scalar> Window(RunEvent.WindowDone window)
    {
        var step = (EpochNumber(window.Phase, window.Epoch) * window.Steps) + window.Step;
        if (step <= _step)
        {
            return [];
        }

        _step = step;
        return Points(
            "train",
            step,
            window.At,
            ("loss", window.Loss),
            ("accuracy", window.Accuracy),
            ("learning_rate", window.LearningRate),
            ("images_per_second", window.ImagesPerSecond));
    }

    private ImmutableArray<Scalar> Epoch(EpochResult epoch, DateTimeOffset at)
    {
        var number = EpochNumber(epoch.Phase, epoch.Epoch) + 1;
        if (number <= _epoch)
        {
            return [];
        }

        _epoch = number;
        _step = Math.Max(_step, number * _stepsPerEpoch); // a run may go on from right before it
        return Points(
            "epoch",
            number * _stepsPerEpoch,
            at,
            ("train_loss", epoch.TrainLoss),
            ("train_accuracy", epoch.TrainAccuracy),
            ("validation_loss", epoch.ValidationLoss),
            ("validation_accuracy", epoch.ValidationAccuracy));
    }

    /// <summary>Steps until the largest shard is through, which has the remainder's share.</summary>
    private long StepsOf(int images)
    {
        var largest = (images + spec.Shards - 1) / spec.Shards;
        var batch = spec.BatchSize / spec.Shards;
        return (largest + batch - 1) / batch;
    }

    private long EpochNumber(int phase, int epoch) => _epochsBefore[Math.Clamp(phase, 0, _epochsBefore.Length - 1)] + epoch;

    private static long[] EpochsBefore(RunSpec spec)
    {
        var before = new long[spec.Phases.Length];
        for (var phase = 1; phase < before.Length; phase++)
        {
            before[phase] = before[phase - 1] + spec.Phases[phase - 1].Epochs;
        }

        return before;
    }

    private static ImmutableArray<Scalar> Points(string group, long step, DateTimeOffset at, params ReadOnlySpan<(string Name, double? Value)> values)
    {
        var points = ImmutableArray.CreateBuilder<Scalar>(values.Length);
        foreach (var (name, value) in values)
        {
            if (value is { } known)
            {
                points.Add(new($"{group}/{name}", step, at, known));
            }
        }

        return points.ToImmutable();
    }
}
