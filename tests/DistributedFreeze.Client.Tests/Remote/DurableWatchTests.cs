using DistributedFreeze.Client.Tests.Commands;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Client.Tests.Remote;

/// <summary>Watching a run while silos are killed, on a cluster that keeps its state in Redis.</summary>
[Slow(seconds: 100)]
public sealed class DurableWatchTests : IDisposable
{
    private const int Epochs = 40;

    private readonly DrawnImages _images = new();

    [Fact]
    public async Task ASiloThatServesTheWatchAndIsKilled_CostsTheWatcherNoEvent()
    {
        using var redis = await RedisServer.StartAsync();
        await using var driving = await SiloProcess.StartAsync(Settings(redis));
        await using var through = await ConnectAsync(driving.Gateway);
        var runId = await through.Client.SubmitAsync(Spec("run"), cancellationToken: TestContext.Current.CancellationToken);
        await WaitForEpochAsync(through.Client, runId, epoch: 0);

        // The run is on the first silo; the second one passes the events on, and may hold the directory's entry of the run.
        await using var serving = await SiloProcess.StartAsync(Settings(redis));
        await using var watching = await ConnectAsync(serving.Gateway, driving.Gateway);
        var seen = await WatchAsync(watching.Client, runId, afterEpoch: 2, serving.KillAsync);

        await AssertWholeAsync(seen, through.Client, runId);
    }

    [Fact]
    public async Task ASingleSiloThatIsKilledAndStartedAgain_GoesOnWithTheRunAndTheWatch()
    {
        using var redis = await RedisServer.StartAsync();
        var first = await SiloProcess.StartAsync(Settings(redis));
        SiloProcess? second = null;
        try
        {
            await using var watching = await ConnectAsync(first.Gateway);
            var runId = await watching.Client.SubmitAsync(Spec("run"), cancellationToken: TestContext.Current.CancellationToken);
            var port = first.Gateway.Split(':')[1];

            var seen = await WatchAsync(watching.Client, runId, afterEpoch: 2, async () =>
            {
                await first.KillAsync();
                second = await SiloProcess.StartAsync([.. Settings(redis), $"GatewayPort={port}"]);
            });

            await AssertWholeAsync(seen, watching.Client, runId);
            Assert.Single(seen.OfType<RunEvent.PickedUp>());
        }
        finally
        {
            await first.DisposeAsync();
            await (second?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
    }

    [Fact]
    public async Task ASiloThatIsAskedToEnd_LeavesItsRunToTheNextOne()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "It asks the silo to end by SIGTERM.");
        using var redis = await RedisServer.StartAsync();
        await using var first = await SiloProcess.StartAsync(Settings(redis));
        await using var before = await ConnectAsync(first.Gateway);
        var runId = await before.Client.SubmitAsync(Spec("run"), cancellationToken: TestContext.Current.CancellationToken);
        await WaitForEpochAsync(before.Client, runId, epoch: 1);

        Assert.Equal(0, await first.TerminateAsync());
        Assert.True(File.Exists(_images.In("run/checkpoint.safetensors")));
        await using var second = await SiloProcess.StartAsync(Settings(redis));
        await using var after = await ConnectAsync(second.Gateway);
        var seen = await WatchAsync(after.Client, runId, afterEpoch: int.MaxValue, () => Task.CompletedTask);

        await AssertWholeAsync(seen, after.Client, runId);
        Assert.Single(seen.OfType<RunEvent.PickedUp>());
    }

    public void Dispose() => _images.Dispose();

    private static string[] Settings(RedisServer redis) => ["Clustering=redis", $"Redis={redis.Connection}"];

    private static Task<ClusterConnection> ConnectAsync(params string[] gateways) =>
        ClusterConnection.ConnectAsync(new() { Gateways = [.. gateways] }, TestContext.Current.CancellationToken);

    private static async Task WaitForEpochAsync(DistributedFreezeClient client, string runId, int epoch)
    {
        await foreach (var happened in client.WatchAsync(runId, cancellationToken: TestContext.Current.CancellationToken))
        {
            Assert.IsNotType<RunEvent.Ended>(happened);
            if (happened is RunEvent.EpochDone { Result.Epoch: var done } && done == epoch)
            {
                return;
            }
        }
    }

    private static async Task<List<RunEvent>> WatchAsync(DistributedFreezeClient client, string runId, int afterEpoch, Func<Task> disturb)
    {
        var seen = new List<RunEvent>();
        var disturbed = Task.CompletedTask;
        await foreach (var happened in client.WatchAsync(runId, cancellationToken: TestContext.Current.CancellationToken))
        {
            seen.Add(happened);
            if (happened is RunEvent.EpochDone { Result.Epoch: var epoch } && epoch == afterEpoch && disturbed == Task.CompletedTask)
            {
                disturbed = disturb();
            }
        }

        await disturbed;
        return seen;
    }

    /// <summary>It saw every event once and in order, from the first to the end, and the run did every epoch.</summary>
    private static async Task AssertWholeAsync(List<RunEvent> seen, DistributedFreezeClient client, string runId)
    {
        Assert.Equal(Enumerable.Range(1, seen.Count).Select(number => (long)number), seen.Select(happened => happened.Sequence));
        Assert.Equal((RunState.Succeeded, null), seen[^1] is RunEvent.Ended ended ? (ended.State, ended.Reason) : default);
        Assert.Equal(Enumerable.Range(0, Epochs), seen.OfType<RunEvent.EpochDone>().Select(epoch => epoch.Result.Epoch).Distinct());
        var again = new List<RunEvent>();
        await foreach (var happened in client.WatchAsync(runId, cancellationToken: TestContext.Current.CancellationToken))
        {
            again.Add(happened);
        }

        Assert.Equal(seen.Select(Told), again.Select(Told));

        static (long, DateTimeOffset, string) Told(RunEvent happened) => (happened.Sequence, happened.At, RunEventText.Of(happened));
    }

    private RunSpec Spec(string output) => new()
    {
        Data = new() { Path = _images.Path, ImageSize = 40 },
        BatchSize = 8,
        Shards = 4,
        Replicas = 1,
        Output = _images.In(output),
        Phases = [new() { Epochs = Epochs, Freeze = new Freezing.FreezePolicy.LastLayers(10) }],
    };
}
