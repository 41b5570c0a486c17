using DistributedFreeze.Coordination;
using DistributedFreeze.Errors;
using DistributedFreeze.Replicas;
using DistributedFreeze.Training.Replicas;

namespace DistributedFreeze.Training.Runs;

/// <summary>Laws 3 and 5: whoever is lost, and whenever, the run ends with the undisturbed run's bits.</summary>
[Slow]
public sealed class RecoveryTests(UndisturbedRun undisturbed) : IClassFixture<UndisturbedRun>
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(2, 2)]
    [InlineData(1, 3)]
    [InlineData(0, 4)]
    public async Task AReplicaThatIsLostBeforeAWindow_IsDoneWithout(int lost, int window)
    {
        var windows = 0;

        await AssertUndisturbedAsync(3, 2, (replica, member) => member != lost ? replica : new WatchedReplica(replica)
        {
            BeforeWindow = _ => ++windows == window ? throw Gone() : Task.CompletedTask,
        });
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 2)]
    public async Task AReplicaThatIsLostAfterAWindow_LeavesItsStepsToTheOthers(int lost, int window)
    {
        var windows = 0;

        await AssertUndisturbedAsync(2, 1, (replica, member) => member != lost ? replica : new WatchedReplica(replica)
        {
            WindowDone = report => ++windows == window ? throw Gone() : report,
        });
    }

    [Fact]
    public async Task AReplicaThatIsLostInAValidation_IsDoneWithout()
    {
        await AssertUndisturbedAsync(3, 2, (replica, member) => member != 0 ? replica : new WatchedReplica(replica)
        {
            BeforeEvaluation = _ => throw Gone(),
        });
    }

    [Fact]
    public async Task AReplicaThatIsLostWhenAPhaseBegins_IsDoneWithout()
    {
        await AssertUndisturbedAsync(3, 2, (replica, member) => member != 1 ? replica : new WatchedReplica(replica)
        {
            BeforePhase = order => order.Phase == 1 ? throw Gone() : Task.CompletedTask,
        });
    }

    [Fact]
    public async Task AReplicaThatIsLostWhileOthersSayWhereTheyStand_IsDoneWithout()
    {
        var windows = 0;

        await AssertUndisturbedAsync(4, 2, (replica, member) => member switch
        {
            1 => new WatchedReplica(replica) { BeforeWindow = _ => ++windows == 2 ? throw Gone() : Task.CompletedTask },
            2 => new WatchedReplica(replica) { BeforeReport = () => throw Gone() },
            _ => replica,
        });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task AnExchangeThatBreaksAtAnyMoment_CostsNothing(int window)
    {
        var windows = 0;

        await AssertUndisturbedAsync(2, 2, (replica, member) => member != 1 ? replica : new WatchedReplica(replica)
        {
            BeforeWindow = order =>
            {
                if (++windows == window)
                {
                    _ = Task.Run(() => replica.BreakAsync(order.Generation), TestContext.Current.CancellationToken);
                }

                return Task.CompletedTask;
            },
        });
    }

    [Fact]
    public async Task AReplicaThatIsAStepBehind_TakesOverTheStateOfTheFurthest()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var spec = undisturbed.NewSpec() with { Replicas = 2 };
        using var pool = new ChangingPool(undisturbed.Workspaces, replicas: 2);
        for (var i = 0; i < 2; i++)
        {
            var replica = pool.Granted[i].Replica;
            await replica.PrepareAsync(new() { RunId = LocalRun.RunId, Spec = spec }, cancellationToken);
            await replica.JoinAsync(new() { Generation = i + 1, Member = 0, Members = [new("here", null, [0, 1, 2, 3])], Key = [] }, cancellationToken);
            await replica.BeginPhaseAsync(
                new() { Generation = i + 1, Phase = 0, MaskVersion = 1, MaskHash = undisturbed.Receipt.Phases[0].MaskHash }, cancellationToken);
            await replica.RunWindowAsync(new() { Generation = i + 1, Phase = 0, Epoch = 0, FirstStep = 0, Steps = 2 - i }, cancellationToken);
        }

        var driver = new RunDriver(LocalRun.RunId, spec, pool, _ => { }, new ManualClock());
        var outcome = await driver.PickUpAsync(new(2, [.. pool.Granted.Select(handle => handle.Device)], new()), cancellationToken);

        undisturbed.AssertSame(outcome, spec, 2);
    }

    private static ReplicaLostException Gone() => new("It does not answer.") { IsUnreachable = true };

    private async Task AssertUndisturbedAsync(int replicas, int left, Func<IReplica, int, IReplica> wrap)
    {
        var spec = undisturbed.NewSpec();
        undisturbed.AssertSame(await undisturbed.RunAsync(spec, replicas, wrap: wrap), spec, left);
    }
}
