using DistributedFreeze.Data;
using DistributedFreeze.Freezing;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Runs;

/// <summary>A drawn data set and specs small enough for a test, yet with every part: two phases, a short last batch, dropout.</summary>
internal sealed class SmallRuns : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public SmallRuns() => DemoImages.Write(Data, seed: 1, size: 48, trainPerClass: 7, validationPerClass: 2, testPerClass: 3);

    public string Data => _folder.In("images");

    public string Output(string name) => _folder.In(name);

    /// <summary>28 images in 4 shards of batches of 12: steps of 12, 12 and 4 images.</summary>
    public RunSpec TwoPhases(string output) => new()
    {
        Data = new() { Path = Data, ImageSize = 48 },
        Model = new() { Head = new() { Hidden = [16], Dropout = 0.25 } },
        BatchSize = 12,
        Shards = 4,
        Seed = 3,
        Output = Output(output),
        Features = new() { DiskBytes = 0 },
        Phases =
        [
            new() { Epochs = 2, Optimizer = new() { Kind = OptimizerKind.Adam, LearningRate = 1e-2 } },
            new()
            {
                Freeze = new FreezePolicy.LastLayers(10),
                Epochs = 2,
                Optimizer = new() { Kind = OptimizerKind.Sgd, LearningRate = 1e-3, HeadLearningRate = 5e-3, WeightDecay = 1e-4 },
                Schedule = new() { Kind = ScheduleKind.Cosine, WarmupEpochs = 0.5 },
            },
        ],
    };

    public void Dispose() => _folder.Dispose();
}
