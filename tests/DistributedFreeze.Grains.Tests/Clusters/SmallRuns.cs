using DistributedFreeze.Data;
using DistributedFreeze.Freezing;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Tests.Clusters;

/// <summary>A drawn data set and specs small enough for a test.</summary>
internal sealed class SmallRuns : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dfreeze-test-");

    public SmallRuns() => DemoImages.Write(Data, seed: 1, size: 40, trainPerClass: 5, validationPerClass: 1, testPerClass: 2);

    public string Data => In("images");

    public string In(string name) => Path.Combine(_folder.FullName, name);

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
            new() { Freeze = new FreezePolicy.LastLayers(10), Epochs = 1, Optimizer = new() { Kind = OptimizerKind.Sgd, LearningRate = 1e-3 } },
        ],
    };

    public void Dispose() => _folder.Delete(recursive: true);
}
