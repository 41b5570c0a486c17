using DistributedFreeze.Client.Tests.Commands;
using DistributedFreeze.Freezing;
using DistributedFreeze.Runs;
using DistributedFreeze.Silo.Hosting;
using Microsoft.Extensions.Logging;

namespace DistributedFreeze.Client.Tests.Clusters;

/// <summary>A run of two phases, small enough for a test, and what it comes to in one process that nothing disturbs.</summary>
public class ClusterRuns : IAsyncLifetime
{
    private readonly DrawnImages _images = new();
    private readonly int _epochs;

    public ClusterRuns()
        : this(epochs: 40)
    {
    }

    /// <param name="epochs">Epochs of each phase: a run that something befalls must not be over before.</param>
    protected ClusterRuns(int epochs) => _epochs = epochs;

    /// <summary>The receipt of the single process.</summary>
    public Receipt Undisturbed { get; private set; } = null!;

    /// <summary>Where images and outputs are.</summary>
    public string Folder => _images.In(".");

    /// <summary>Two phases, with dropout and a short last batch.</summary>
    public RunSpec Spec(string output, int replicas) => Spec(output, replicas, _epochs);

    /// <summary>The same with another length.</summary>
    public RunSpec Spec(string output, int replicas, int epochs) => new()
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

    public async ValueTask InitializeAsync() => Undisturbed = await AloneAsync("undisturbed", _epochs);

    /// <summary>What a run comes to in one process.</summary>
    public async Task<Receipt> AloneAsync(string output, int epochs)
    {
        await using var cluster = await EmbeddedCluster.StartAsync(LogLevel.Warning, TestContext.Current.CancellationToken);
        var client = new DistributedFreezeClient(cluster.Grains);
        var runId = await client.SubmitAsync(Spec(output, replicas: 2, epochs), cancellationToken: TestContext.Current.CancellationToken);
        var ended = await client.WaitAsync(runId, TestContext.Current.CancellationToken);
        return ended.Receipt ?? throw new InvalidOperationException($"The undisturbed run ended: {ended.Reason}");
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        _images.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>What parallelism and losses must not change.</summary>
    public void AssertSameResult(RunStatus run)
    {
        Assert.Equal((RunState.Succeeded, null), (run.State, run.Reason));
        Assert.Equal(Undisturbed.ModelSha256, run.Receipt!.ModelSha256);
        Assert.Equal(Undisturbed.TrainLoss, run.Receipt.TrainLoss);
        Assert.Equal(Undisturbed.TestLoss, run.Receipt.TestLoss);
    }
}

/// <summary>The same run with few epochs, for tests in which nothing befalls it.</summary>
public sealed class ShortClusterRuns() : ClusterRuns(epochs: 4);
