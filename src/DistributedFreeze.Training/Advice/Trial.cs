using System.Collections.Immutable;
using DistributedFreeze.Data;
using DistributedFreeze.Freezing.Estimates;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Replicas;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Advice;

/// <summary>A candidate on trial: its short runs, one for each way to divide the images, and what they have shown so far.</summary>
/// <param name="candidate">The candidate.</param>
/// <param name="home">Images, weights and cache.</param>
/// <param name="splits">The ways to divide the images.</param>
/// <param name="device">Where to train.</param>
/// <param name="replicas">Replicas of each short run.</param>
internal sealed class Trial(Candidate candidate, RunWorkspace home, ImmutableArray<DataSet> splits, Device device, int replicas) : IDisposable
{
    private readonly ShortRun?[] _runs = new ShortRun?[splits.Length];
    private readonly ImmutableArray<Answer>[] _answers = new ImmutableArray<Answer>[splits.Length];
    private readonly double[] _trainLosses = new double[splits.Length];

    public Candidate Candidate => candidate;

    /// <summary>Epochs of the last phase of a full run.</summary>
    public int FullEpochs => candidate.Spec.Phases[^1].Epochs;

    /// <summary>Epochs of the last phase that every short run has trained.</summary>
    public int Epochs { get; private set; }

    /// <summary>Why it is not tried, or no further; null where it is.</summary>
    public string? NotTried { get; set; } = candidate.NotTried;

    /// <summary>What a full run is estimated to take; null where nothing was measured.</summary>
    public RunEstimate? Estimate { get; set; }

    /// <summary>Seconds that an epoch of the last phase takes one replica, with the images held out; 0 where nothing was measured.</summary>
    public double EpochSeconds { get; set; }

    /// <summary>Answers to all images held out, after <see cref="Epochs"/>; null where it has not trained.</summary>
    public ImmutableArray<Answer>? Answers { get; private set; }

    /// <summary>Mean loss of the images held out, after each round.</summary>
    public List<double> HeldOutLosses { get; } = [];

    /// <summary>Mean loss of the training images, after each round.</summary>
    public List<double> TrainLosses { get; } = [];

    /// <summary>Trains the short run of one split further. Different splits may train at the same time.</summary>
    /// <param name="split">Which split.</param>
    /// <param name="epochs">Epochs of the last phase that it has trained then.</param>
    /// <param name="done">Told after each epoch.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    public void Train(int split, int epochs, Action done, CancellationToken cancellationToken)
    {
        var run = _runs[split] ??= new(home.Lend(Short(candidate.SpecIn(split)), splits[split]), device, replicas);
        run.TrainTo(epochs, done, cancellationToken);
        (_answers[split], _trainLosses[split]) = (run.Judge(), run.TrainLoss);
    }

    /// <summary>Takes what all splits have shown, once each of them has trained so many epochs.</summary>
    public void Conclude(int epochs)
    {
        Epochs = epochs;
        Answers = [.. _answers.SelectMany(answers => answers)];
        HeldOutLosses.Add(Answers.Value.Average(answer => answer.Loss));
        TrainLosses.Add(_trainLosses.Average());
    }

    /// <summary>Frees the networks; what was shown stays.</summary>
    public void Dispose()
    {
        foreach (var run in _runs)
        {
            run?.Dispose();
        }

        Array.Clear(_runs);
    }

    /// <summary>A run without anything that looks at the images held out: they are to judge, and must not choose the epoch first.</summary>
    /// <remarks>Nor does it augment: views that no later epoch meets again would cost a pass through the base each time.</remarks>
    internal static RunSpec Short(RunSpec spec) => spec with
    {
        Data = spec.Data with { Augmentation = null },
        Phases = [.. spec.Phases.Select(phase => phase with { Keep = KeptEpoch.Last, Patience = null, MinDelta = 0, Schedule = WithoutPlateau(phase.Schedule) })],
    };

    private static ScheduleSpec WithoutPlateau(ScheduleSpec schedule) => schedule.Kind == ScheduleKind.Plateau ? schedule with { Kind = ScheduleKind.Constant } : schedule;
}
