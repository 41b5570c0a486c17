using DistributedFreeze.Data.Features;
using DistributedFreeze.Errors;
using DistributedFreeze.Inference.Runtime;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Advice;
using DistributedFreeze.Training.Native;
using DistributedFreeze.Training.Replicas;
using TorchSharp;

namespace DistributedFreeze.Training.Rates;

/// <summary>Looks for a learning rate by the range test of Smith (2017): a few steps of a run's first phase, each with a larger rate, until the loss explodes.</summary>
/// <remarks>
/// The run's rates keep their proportions: what the head or a layer has of its own is multiplied alike. Its schedule and its augmentation are left out. The same spec and images
/// give the same curve, on however many replicas. Nothing is written but features. One search per object.
/// </remarks>
public sealed class RateFinder
{
    /// <summary>The most steps of a test: an epoch has at least one.</summary>
    public const int MostSteps = 10_000;

    private readonly RunSpec _spec;
    private readonly RateRange _range;
    private readonly Action<int> _progress;

    /// <param name="spec">The run.</param>
    /// <param name="range">The rates of the first phase's layers of the base, or of the head where that alone trains.</param>
    /// <param name="progress">Told after each step how many are done, one call after another.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range has too few or too many steps, or does not go from a rate above 0 to a larger one.</exception>
    public RateFinder(RunSpec spec, RateRange range, Action<int> progress)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(range.Steps, 2, nameof(range));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(range.Steps, MostSteps, nameof(range));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(range.From, nameof(range));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(range.To, range.From, nameof(range));
        (_spec, _range, _progress) = (spec, range, progress);
    }

    /// <summary>Takes the steps; on the calling thread and some of its own.</summary>
    /// <param name="cancellationToken">Breaks it off after a step.</param>
    /// <exception cref="InvalidInputException">Data or weights cannot be used.</exception>
    /// <exception cref="OperationCanceledException">It was broken off.</exception>
    /// <exception cref="LibTorchException">libtorch is missing or broken.</exception>
    /// <exception cref="InferenceException">The prefix engine cannot be had.</exception>
    public RateCurve Run(CancellationToken cancellationToken)
    {
        LibTorch.EnsureLoaded();
        var spec = OfSteps(_spec);
        var device = ReplicaDevice.For(spec);
        var replicas = Parallelism.Of(spec, device.type == DeviceType.CPU ? Environment.ProcessorCount : spec.ThreadsPerReplica).Replicas;
        using var stores = new FeatureStores();
        var workspace = RunWorkspace.Load(spec, stores, cancellationToken);
        var peak = spec.Phases[0].Optimizer.LearningRate;
        workspace.RateFactor = step => _range.At(step) / peak;
        using var run = new ShortRun(workspace, device, replicas);
        var curve = RateCurve.Of(_range.Steps);
        for (var step = 0; step < _range.Steps && curve.DivergedAt is null; step++)
        {
            curve = curve.With(_range.At(step), LossOf(run, cancellationToken));
            _progress(step + 1);
        }

        return curve;
    }

    /// <summary>The first phase alone, with epochs for any number of steps.</summary>
    private static RunSpec OfSteps(RunSpec spec)
    {
        var shortened = Trial.Short(spec);
        var phase = shortened.Phases[0];
        return shortened with { Phases = [phase with { Epochs = MostSteps, Schedule = new() }], Features = Adviser.Kept(spec.Features) };
    }

    private static double LossOf(ShortRun run, CancellationToken cancellationToken)
    {
        try
        {
            return run.TrainStep(cancellationToken);
        }
        catch (RunFailedException failed) when (failed.IsDivergence)
        {
            return double.NaN;
        }
    }
}
