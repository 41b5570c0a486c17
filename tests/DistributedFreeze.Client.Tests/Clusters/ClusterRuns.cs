using System.Collections.Concurrent;
using DistributedFreeze.Client.Tests.Commands;
using DistributedFreeze.Freezing;
using DistributedFreeze.Runs;
using DistributedFreeze.Silo.Hosting;
using Microsoft.Extensions.Logging;

[assembly: AssemblyFixture(typeof(DistributedFreeze.Client.Tests.Clusters.ClusterRuns))]

namespace DistributedFreeze.Client.Tests.Clusters;

/// <summary>A run of two phases, small enough for a test, and what it comes to in one process that nothing disturbs.</summary>
public sealed class ClusterRuns : IDisposable
{
    private readonly DrawnImages _images = new();
    private readonly ConcurrentDictionary<int, Lazy<Task<Receipt>>> _undisturbed = [];

    /// <summary>Where images and outputs are.</summary>
    public string Folder => _images.In(".");

    /// <summary>Two phases, with dropout and a short last batch.</summary>
    /// <param name="output">Name of the output folder, which no other test has.</param>
    /// <param name="replicas">How many at most.</param>
    /// <param name="epochs">Epochs of each phase: a run that something befalls must not be over before.</param>
    public RunSpec Spec(string output, int replicas, int epochs = 40) => new()
    {
        Data = new() { Path = _images.Path, ImageSize = 40 },
        Model = new() { Head = new() { Hidden = [16], Dropout = 0.25 } },
        BatchSize = 12,
        Shards = 4,
        Seed = 5,
        Output = _images.In(output),
        Replicas = replicas,
        Phases =
        [
            new() { Epochs = epochs, Optimizer = new() { LearningRate = 1e-3 } },
            new() { Epochs = epochs, Freeze = new FreezePolicy.LastLayers(10), Optimizer = new() { Kind = OptimizerKind.Sgd, LearningRate = 1e-3 } },
        ],
    };

    /// <summary>What parallelism and losses must not change: the run has come to what it comes to in one process.</summary>
    public async Task AssertSameResultAsync(RunStatus run)
    {
        Assert.Equal((RunState.Succeeded, null), (run.State, run.Reason));
        var undisturbed = await UndisturbedAsync(run.Receipt!.Spec.Phases[0].Epochs);
        Assert.Equal(undisturbed.ModelSha256, run.Receipt.ModelSha256);
        Assert.Equal(undisturbed.TrainLoss, run.Receipt.TrainLoss);
        Assert.Equal(undisturbed.TestLoss, run.Receipt.TestLoss);
    }

    public void Dispose() => _images.Dispose();

    /// <summary>The receipt of the single process, which is trained once for all tests.</summary>
    private Task<Receipt> UndisturbedAsync(int epochs) => _undisturbed.GetOrAdd(epochs, _ => new(() => TrainAsync(epochs))).Value;

    private async Task<Receipt> TrainAsync(int epochs)
    {
        await using var cluster = await EmbeddedCluster.StartAsync(LogLevel.Warning, CancellationToken.None);
        var client = new DistributedFreezeClient(cluster.Grains);
        var runId = await client.SubmitAsync(Spec($"undisturbed-{epochs}", replicas: 2, epochs));
        var ended = await client.WaitAsync(runId);
        return ended.Receipt ?? throw new InvalidOperationException($"The undisturbed run ended: {ended.Reason}");
    }
}
