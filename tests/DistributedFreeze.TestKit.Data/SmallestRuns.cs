using DistributedFreeze.Freezing;
using DistributedFreeze.Runs;

namespace DistributedFreeze.TestKit.Data;

/// <summary>A drawn data set and a spec that are as small as can be, for tests of what is around a run.</summary>
public sealed class SmallestRuns() : DrawnData(size: 40, trainPerClass: 5, validationPerClass: 1, testPerClass: 2)
{
    /// <summary>20 images in 4 shards and batches of 8: steps of 8, 8 and 4 images, in two phases.</summary>
    public RunSpec Spec(string output, int replicas = 2) => new()
    {
        Data = new() { Path = Data, ImageSize = 40 },
        BatchSize = 8,
        Shards = 4,
        Seed = 3,
        Replicas = replicas,
        Output = In(output),
        Phases =
        [
            new() { Epochs = 2, Optimizer = new() { LearningRate = 1e-2 } },
            new() { Freeze = new FreezePolicy.LastLayers(4), Epochs = 1, Optimizer = new() { Kind = OptimizerKind.Sgd, LearningRate = 1e-3 } },
        ],
    };
}
