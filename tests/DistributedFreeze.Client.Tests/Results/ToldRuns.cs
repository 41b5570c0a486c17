using System.Collections.Immutable;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Client.Tests.Results;

/// <summary>Runs as their events tell them.</summary>
internal static class ToldRuns
{
    public static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    /// <summary>Two phases of two epochs and one; 20 images in batches of 8 over 4 shards are 3 steps.</summary>
    public static RunSpec Spec { get; } = new()
    {
        Data = new() { Path = "images" },
        Phases = [new() { Epochs = 2 }, new() { Epochs = 1 }],
        BatchSize = 8,
        Shards = 4,
        Output = "run",
    };

    public static RunEvent.Prepared Prepared { get; } = new(1, 20, 4, 4, ["a", "b"], []);

    public static RunEvent.Ended Succeeded { get; } = new(RunState.Succeeded, null, []);

    /// <summary>A run that does steps again which were told before, since it is set back; it ends well.</summary>
    public static ImmutableArray<RunEvent> SetBack { get; } = Numbered(
        Prepared,
        Phase(0),
        Window(0, 0, 1, 2.5),
        Window(0, 0, 3, 2.25),
        Epoch(0, 0, 2.25),
        Window(0, 1, 2, 1.5),
        new RunEvent.SetBack(0, 0, 1, "checkpoint", "a silo was killed"),
        Window(0, 0, 2, 2.375),
        Window(0, 0, 3, 2.25),
        Epoch(0, 0, 2.25),
        Window(0, 1, 1, 1.75),
        Window(0, 1, 3, 1.25),
        Epoch(0, 1, 1.25),
        Phase(1),
        Window(1, 0, 3, 0.5),
        Epoch(1, 0, 0.5),
        Succeeded);

    /// <summary>Events with numbers and times, a second apart.</summary>
    public static ImmutableArray<RunEvent> Numbered(params RunEvent[] events) =>
        [.. events.Select((happened, index) => happened with { Sequence = index + 1, At = Start.AddSeconds(index) })];

    public static RunEvent.PhaseStarted Phase(int phase) => new(phase, 2, 2 - phase, $"mask{phase}", "boundary", 1000 + phase, 2000, 8);

    public static RunEvent.WindowDone Window(int phase, int epoch, int step, double loss) =>
        new(phase, epoch, step, 3, loss, 0.5, 100, null) { LearningRate = 0.25 };

    public static RunEvent.EpochDone Epoch(int phase, int epoch, double loss) => new(new EpochResult
    {
        Phase = phase,
        Epoch = epoch,
        TrainLoss = loss,
        TrainAccuracy = 0.5,
        ValidationLoss = loss + 1,
        ValidationAccuracy = 0.75,
        Seconds = 1,
        ImagesPerSecond = 100,
    });

    public static Receipt Receipt { get; } = new()
    {
        RunId = "run-1",
        Program = "",
        ModelSha256 = "model",
        BaseSha256 = "base",
        DataSha256 = "data",
        MaskHash = "mask1",
        TrainableParameters = 1001,
        FrozenUnchanged = true,
        TrainLoss = [],
        TestLoss = 0.625,
        TestAccuracy = 0.875,
        Replicas = 1,
        Devices = [],
        ImagesPerSecond = 1,
        Seconds = 1,
        Classes = ["a", "b"],
        Phases = [],
        Epochs = [],
        FrozenLayers = [],
        Spec = Spec,
    };
}
