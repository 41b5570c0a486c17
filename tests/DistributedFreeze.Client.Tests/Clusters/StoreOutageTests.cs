using DistributedFreeze.Runs;

namespace DistributedFreeze.Client.Tests.Clusters;

/// <summary>A Redis that goes and comes back under a run: the run waits for it where it must, and goes on where it can.</summary>
[Slow(seconds: 60)]
public sealed class StoreOutageTests(ClusterRuns runs)
{
    [Fact]
    public async Task ARunWhoseStoreIsAway_TrainsOnAndLosesNothing()
    {
        using var redis = await RedisServer.StartAsync(keeps: true);
        await using var silo = await SiloProcess.StartAsync("Clustering=redis", $"Redis={redis.Connection}", "CpuSlots=2");
        await using var connection = await ClusterConnection.ConnectAsync(new() { Gateways = [silo.Gateway] }, TestContext.Current.CancellationToken);
        var client = connection.Client;
        var runId = await client.SubmitAsync(runs.Spec("outage", replicas: 2), cancellationToken: TestContext.Current.CancellationToken);
        await foreach (var happened in client.WatchAsync(runId, cancellationToken: TestContext.Current.CancellationToken))
        {
            if (happened is RunEvent.WindowDone)
            {
                break;
            }
        }

        redis.Kill();
        var before = await client.GetAsync(runId, TestContext.Current.CancellationToken);
        await silo.SaysAsync("could not be stored and is tried again until the store answers");
        var later = await GoesOnAsync(client, before);
        Assert.Equal(RunState.Running, later.State); // also where it has trained to its end: that is not stored yet
        await redis.StartAgainAsync();

        var events = new List<RunEvent>();
        await foreach (var happened in client.WatchAsync(runId, cancellationToken: TestContext.Current.CancellationToken))
        {
            events.Add(happened);
        }

        await runs.AssertSameResultAsync(await client.GetAsync(runId, TestContext.Current.CancellationToken));
        Assert.Equal(Enumerable.Range(1, events.Count).Select(number => (long)number), events.Select(happened => happened.Sequence));
        Assert.DoesNotContain(events, happened => happened is RunEvent.PickedUp or RunEvent.ReplicaLost);
        Assert.IsType<RunEvent.Ended>(events[^1]);
    }

    /// <summary>Asks until the run stands further than it did: what happens while the store is away is told only when it is back.</summary>
    private static async Task<RunStatus> GoesOnAsync(DistributedFreezeClient client, RunStatus before)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromMinutes(1));
        while (true)
        {
            var later = await client.GetAsync(before.RunId, patience.Token);
            if (Stands(later).CompareTo(Stands(before)) > 0)
            {
                return later;
            }
        }
    }

    private static (int Phase, int Epoch, int Step) Stands(RunStatus run) => (run.Progress.Phase, run.Progress.Epoch, run.Progress.Step);
}
