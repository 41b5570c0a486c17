using DistributedFreeze.Devices;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Client.Tests.Clusters;

/// <summary>Law 5 with real processes: whatever is killed, and whenever, the run ends with the undisturbed run's bits.</summary>
[Slow(seconds: 120)]
public sealed class LossTests(ClusterRuns runs, StandingCluster standing) : IClassFixture<StandingCluster>, IDisposable
{
    private const int Seed = 11;
    private readonly Random _moments = new(Seed);

    [Fact]
    public async Task AWorkersSiloThatIsKilled_IsDoneWithout()
    {
        var cluster = await standing.OfAsync(silos: 3);
        await using var connection = await cluster.ConnectAsync();
        var runId = await SubmitAsync(connection.Client, "worker", replicas: 3);

        var run = await AtSomeStepAsync(connection.Client, runId);
        await cluster.KillAsync(SiloCluster.WorkersOf(run).First(port => port != SiloCluster.CoordinatorOf(run)));

        var (events, ended) = await EndAsync(connection.Client, runId);
        await runs.AssertSameResultAsync(ended);
        var lost = Assert.Single(events.OfType<RunEvent.ReplicaLost>());
        Assert.Equal($"{lost.Device} does not answer: its silo is gone", lost.Reason);
        Assert.Equal(Environment.MachineName, lost.Host);
        Assert.Empty(events.OfType<RunEvent.PickedUp>());
        Assert.Equal(2, ended.Receipt!.Replicas);
    }

    [Fact]
    public async Task ACoordinatorsSiloThatIsKilled_IsReplacedByAnother()
    {
        var cluster = await standing.OfAsync(silos: 3);
        await using var connection = await cluster.ConnectAsync();
        var runId = await SubmitAsync(connection.Client, "coordinator", replicas: 3);

        var run = await AtSomeStepAsync(connection.Client, runId);
        await cluster.KillAsync(SiloCluster.CoordinatorOf(run));

        var (events, ended) = await EndAsync(connection.Client, runId);
        await runs.AssertSameResultAsync(ended);
        var pickedUp = events.OfType<RunEvent.PickedUp>().First();
        Assert.Equal("replicas", pickedUp.From);
        Assert.Equal(new(run.Coordinator!, Environment.MachineName), pickedUp.Before);
        Assert.NotEqual(pickedUp.Before, pickedUp.By);

        // Its own replica went with it, and nobody was there to tell.
        var lost = Assert.Single(events.OfType<RunEvent.ReplicaLost>());
        Assert.StartsWith(run.Coordinator + "/", lost.Device, StringComparison.Ordinal);
        Assert.Equal(Environment.MachineName, lost.Host);
    }

    [Fact]
    public async Task AClusterThatIsKilledWhole_GoesOnFromItsNewestCheckpoint()
    {
        var cluster = await standing.OfAsync(silos: 2);
        var runId = "whole";
        await using (var connection = await cluster.ConnectAsync())
        {
            await SubmitAsync(connection.Client, runId, replicas: 2);
            await foreach (var happened in connection.Client.WatchAsync(runId, cancellationToken: TestContext.Current.CancellationToken))
            {
                if (happened is RunEvent.CheckpointWritten)
                {
                    break;
                }
            }

            foreach (var silo in cluster.Silos.ToList())
            {
                await cluster.KillAsync(silo);
            }
        }

        await cluster.AddAsync();
        await cluster.AddAsync();
        await using var later = await cluster.ConnectAsync();

        var (events, ended) = await EndAsync(later.Client, runId);
        await runs.AssertSameResultAsync(ended);
        Assert.Equal("checkpoint", events.OfType<RunEvent.PickedUp>().First().From);
    }

    [Fact]
    public async Task ASiloThatEndsGracefully_HandsItsShardsOver()
    {
        var cluster = await standing.OfAsync(silos: 3);
        await using var connection = await cluster.ConnectAsync();
        var runId = await SubmitAsync(connection.Client, "graceful", replicas: 3);

        var run = await AtSomeStepAsync(connection.Client, runId);
        Assert.Equal(0, await cluster.TerminateAsync(SiloCluster.WorkersOf(run).First(port => port != SiloCluster.CoordinatorOf(run))));

        var (events, ended) = await EndAsync(connection.Client, runId);
        await runs.AssertSameResultAsync(ended);
        Assert.Empty(events.OfType<RunEvent.ReplicaLost>());
        Assert.Contains(events.OfType<RunEvent.Regrouped>(), group => group.Left.Length == 1);
    }

    [Fact]
    public async Task ASiloThatJoins_GetsShards()
    {
        var cluster = await standing.OfAsync(silos: 1);
        await using var connection = await cluster.ConnectAsync();
        var runId = await SubmitAsync(connection.Client, "joins", replicas: 2, least: 1);

        await AtSomeStepAsync(connection.Client, runId);
        await cluster.AddAsync();

        var (events, ended) = await EndAsync(connection.Client, runId);
        await runs.AssertSameResultAsync(ended);
        Assert.Contains(events.OfType<RunEvent.Regrouped>(), group => group.Devices.Length == 2);
        Assert.Equal(2, ended.Receipt!.Replicas);
    }

    /// <summary>The newcomer knows where the run stands before it holds anything of it, and then nobody else is left.</summary>
    [Fact]
    public async Task ASiloThatJoins_IsNotBelieved_WhereTheOnlyHolderOfTheStateIsKilled()
    {
        var cluster = await standing.OfAsync(silos: 1);
        await using var connection = await cluster.ConnectAsync();
        var runId = await SubmitAsync(connection.Client, "deceives", replicas: 2, least: 1);
        var run = await AtSomeStepAsync(connection.Client, runId);
        var holder = SiloCluster.CoordinatorOf(run);

        await cluster.AddAsync();
        await using var both = await cluster.ConnectAsync();
        await foreach (var happened in both.Client.WatchAsync(runId, cancellationToken: TestContext.Current.CancellationToken))
        {
            if (happened is RunEvent.Regrouped)
            {
                break;
            }
        }

        await cluster.KillAsync(holder);

        var (events, ended) = await EndAsync(both.Client, runId);
        await runs.AssertSameResultAsync(ended);
        Assert.NotEmpty(events.OfType<RunEvent.PickedUp>());
    }

    [Theory]
    [InlineData("cancel")]
    [InlineData("pause")]
    public async Task ARunThatIsEndedWhileItsCoordinatorIsReplaced_LetsGoOfItsDevices(string how)
    {
        var cluster = await standing.OfAsync(silos: 3);
        await using var connection = await cluster.ConnectAsync();
        var runId = await SubmitAsync(connection.Client, how, replicas: 3);
        var run = await AtSomeStepAsync(connection.Client, runId);

        await cluster.KillAsync(SiloCluster.CoordinatorOf(run));
        await OnceItAnswersAsync(() => how == "cancel"
            ? connection.Client.CancelAsync(runId, TestContext.Current.CancellationToken)
            : connection.Client.PauseAsync(runId, TestContext.Current.CancellationToken));

        using var turns = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (await connection.Client.ListDevicesAsync(TestContext.Current.CancellationToken) is not [{ State: DeviceState.Free }, { State: DeviceState.Free }])
        {
            await turns.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }

    public void Dispose() => standing.Tell();

    private static async Task OnceItAnswersAsync(Func<Task> call)
    {
        while (true)
        {
            try
            {
                await call();
                return;
            }
            catch (ClusterUnavailableException)
            {
                TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            }
        }
    }

    private async Task<string> SubmitAsync(DistributedFreezeClient client, string runId, int replicas, int? least = null)
    {
        await client.SubmitAsync(
            runs.Spec(runId, replicas) with { MinReplicas = least ?? replicas },
            runId: runId,
            cancellationToken: TestContext.Current.CancellationToken);
        return runId;
    }

    /// <summary>Waits for a seeded number of windows in one of the phases.</summary>
    private async Task<RunStatus> AtSomeStepAsync(DistributedFreezeClient client, string runId)
    {
        var windows = _moments.Next(3, 30);
        await foreach (var happened in client.WatchAsync(runId, cancellationToken: TestContext.Current.CancellationToken))
        {
            Assert.IsNotType<RunEvent.Ended>(happened);
            if (happened is RunEvent.WindowDone && --windows == 0)
            {
                break;
            }
        }

        return await client.GetAsync(runId, TestContext.Current.CancellationToken);
    }

    private static async Task<(List<RunEvent> Events, RunStatus Ended)> EndAsync(DistributedFreezeClient client, string runId)
    {
        var events = new List<RunEvent>();
        await foreach (var happened in client.WatchAsync(runId, cancellationToken: TestContext.Current.CancellationToken))
        {
            events.Add(happened);
        }

        return (events, await client.GetAsync(runId, TestContext.Current.CancellationToken));
    }
}
