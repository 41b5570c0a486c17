using System.Collections.Immutable;
using DistributedFreeze.Freezing.Planning;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination;

/// <summary>How fast a run goes: rates, the length of the next window, and the time that is left.</summary>
/// <remarks>Nothing here may reach a weight: pace differs from machine to machine.</remarks>
internal sealed class RunPace(TimeProvider time, ImmutableArray<PhaseCost> phases)
{
    private const double WindowSeconds = 1;

    /// <summary>While newcomers are expected: they come in between two windows.</summary>
    private const double ShortWindowSeconds = 0.25;

    /// <summary>A backward pass costs about twice a forward pass: gradients of the inputs and of the weights.</summary>
    private const int TailPasses = 3;

    private long _started;
    private double? _startedAtCost;
    private long _epochStarted;
    private double _secondsBefore;
    private long _windowStarted;
    private double _secondsPerStep = WindowSeconds;
    private double _epochTrainSeconds;
    private long _epochImages;

    /// <summary>Images per second of the last window.</summary>
    public double ImagesPerSecond { get; private set; }

    /// <summary>Seconds that the epoch has taken so far, earlier attempts included.</summary>
    public double EpochSeconds => _secondsBefore + time.GetElapsedTime(_epochStarted).TotalSeconds;

    /// <summary>Seconds of these that went into windows.</summary>
    public double EpochTrainSeconds => _epochTrainSeconds;

    /// <summary>Images per second of the epoch's windows, earlier attempts included; 0 where none is known of.</summary>
    public double EpochImagesPerSecond => _epochTrainSeconds > 0 ? _epochImages / _epochTrainSeconds : 0;

    /// <summary>What a phase computes, in multiply-adds.</summary>
    /// <param name="phase">The phase.</param>
    /// <param name="plan">Its plan.</param>
    /// <param name="data">The data set.</param>
    /// <param name="keepsFeatures">Whether the prefix is evaluated in the first epoch alone.</param>
    public static PhaseCost CostOf(PhaseSpec phase, PhasePlan plan, ReplicaReady data, bool keepsFeatures)
    {
        var prefix = (double)plan.PrefixMultiplyAdds;
        var again = keepsFeatures ? 0 : prefix;
        return new(
            phase.Epochs,
            Train: data.TrainImages * (again + TailPasses * (double)plan.TailMultiplyAdds),
            Validation: data.ValidationImages * (again + plan.TailMultiplyAdds),
            Fill: keepsFeatures ? (data.TrainImages + data.ValidationImages) * prefix : 0);
    }

    /// <summary>Training images per second over finished epochs.</summary>
    public static double Rate(ImmutableArray<EpochResult> epochs)
    {
        // Every epoch has the same images, so the rate over all is the harmonic mean of theirs.
        var inverse = epochs.Where(epoch => epoch.ImagesPerSecond > 0).Select(epoch => 1 / epoch.ImagesPerSecond).DefaultIfEmpty().Average();
        return inverse > 0 ? 1 / inverse : 0;
    }

    /// <summary>Steps of the next window: about a second, up to what is left of the epoch.</summary>
    /// <param name="left">Steps that are left.</param>
    /// <param name="isShort">Whether it shall be a quarter of that.</param>
    public int NextWindow(int left, bool isShort = false) => (int)Math.Clamp((isShort ? ShortWindowSeconds : WindowSeconds) / _secondsPerStep, 1, left);

    /// <summary>An epoch begins, or goes on in another attempt.</summary>
    /// <param name="progress">Where the run stands in it.</param>
    public void BeginEpoch(RunProgress progress)
    {
        _epochStarted = time.GetTimestamp();
        _secondsBefore = progress.EpochSeconds;
        _epochTrainSeconds = progress.EpochTrainSeconds;
        _epochImages = progress.EpochTrainSeconds > 0 ? progress.Samples : 0;
    }

    public void BeginWindow() => _windowStarted = time.GetTimestamp();

    public void EndWindow(int steps, int images)
    {
        var seconds = Math.Max(time.GetElapsedTime(_windowStarted).TotalSeconds, 1e-9);
        _secondsPerStep = seconds / steps;
        _epochTrainSeconds += seconds;
        _epochImages += images;
        ImagesPerSecond = images / seconds;
    }

    /// <summary>Time to the end of the run, if what is left goes as fast as what has been done since the start.</summary>
    /// <param name="phase">The phase, from 0.</param>
    /// <param name="epoch">The epoch within the phase, from 0.</param>
    /// <param name="part">Share of the epoch's steps that are done, 0 to 1.</param>
    /// <returns>Null until enough has been done to tell.</returns>
    public TimeSpan? Remaining(int phase, int epoch, double part)
    {
        var done = phases.Take(phase).Sum(cost => cost.Total) + phases[phase].Until(epoch, part);
        if (_startedAtCost is not { } start)
        {
            // The first window makes engines and warms caches: it says nothing of the others.
            _startedAtCost = done;
            _started = time.GetTimestamp();
            return null;
        }

        var seconds = time.GetElapsedTime(_started).TotalSeconds;
        var left = phases.Sum(cost => cost.Total) - done;
        return done > start && seconds > WindowSeconds ? TimeSpan.FromSeconds(seconds * left / (done - start)) : null;
    }
}

/// <summary>What a phase computes.</summary>
/// <param name="Epochs">Its epochs.</param>
/// <param name="Train">Multiply-adds to train an epoch.</param>
/// <param name="Validation">Multiply-adds to validate it.</param>
/// <param name="Fill">Multiply-adds that the first epoch takes beside: features that are kept from then on.</param>
internal sealed record PhaseCost(int Epochs, double Train, double Validation, double Fill = 0)
{
    public double Total => Until(Epochs, 0);

    /// <summary>What is done when an epoch has come to a share of its steps.</summary>
    public double Until(int epoch, double part) => epoch * (Train + Validation) + part * Train + (epoch > 0 ? Fill : part * Fill);
}
