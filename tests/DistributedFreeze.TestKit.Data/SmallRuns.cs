using DistributedFreeze.Freezing;
using DistributedFreeze.Runs;

namespace DistributedFreeze.TestKit.Data;

/// <summary>A drawn data set and specs small enough for a test, yet with every part: two phases, a short last batch, dropout.</summary>
public sealed class SmallRuns() : DrawnData(size: 48, trainPerClass: 7, validationPerClass: 2, testPerClass: 3)
{
    /// <summary>28 images in 4 shards of batches of 12: steps of 12, 12 and 4 images.</summary>
    public RunSpec TwoPhases(string output) => new()
    {
        Data = new() { Path = Data, ImageSize = 48 },
        Model = new() { Head = new() { Hidden = [16], Dropout = 0.25 } },
        BatchSize = 12,
        Shards = 4,
        Seed = 3,
        Output = In(output),
        Features = new() { DiskBytes = 0 },
        Phases =
        [
            new() { Epochs = 2, Optimizer = new() { Kind = OptimizerKind.Adam, LearningRate = 1e-2 } },
            new()
            {
                Freeze = new FreezePolicy.LastLayers(4),
                Epochs = 2,
                Optimizer = new() { Kind = OptimizerKind.Sgd, LearningRate = 1e-3, HeadLearningRate = 5e-3, WeightDecay = 1e-4 },
                Schedule = new() { Kind = ScheduleKind.Cosine, WarmupEpochs = 0.5 },
            },
        ],
    };
}
