using DistributedFreeze.Errors;
using DistributedFreeze.Grains.Tests.Clusters;
using DistributedFreeze.Grains.Tests.Runs;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Tests.Events;

/// <summary>Events of real runs, seen from a client.</summary>
[Slow]
public sealed class DurableEventsTests(TestSilo silo) : IDisposable
{
    private readonly SmallestRuns _runs = new();

    [Fact]
    public async Task EveryEvent_IsStillThereWhenTheGrainComesBack()
    {
        var run = await silo.StartAsync("told-again", _runs.Spec("out"));
        var before = await RunEvents.ToTheEndAsync(silo.Client, "told-again");

        await silo.DeactivateAsync(run);
        var after = await RunEvents.ToTheEndAsync(silo.Client, "told-again");

        Assert.True(before.Count > 5);
        Assert.Equal(before.Select(Told), after.Select(Told));
        Assert.Equal(before.Count, (await run.GetStatusAsync()).LastEvent);
    }

    [Fact]
    public async Task ADeletedRun_LeavesNoEventToTheNextOneOfItsName()
    {
        var run = await silo.StartAsync("deleted", _runs.Spec("out") with { Data = new() { Path = Empty("none") } });
        await RunEvents.EndAsync(silo.Client, "deleted");
        await run.DeleteAsync();
        await Assert.ThrowsAsync<RunNotFoundException>(() => run.ReadEventsAsync(0));

        await run.StartAsync(new(_runs.Spec("out") with { Data = new() { Path = Empty("none either") } }, Resume: false));
        var events = await RunEvents.ToTheEndAsync(silo.Client, "deleted");

        Assert.Equal(1, events[0].Sequence);
        Assert.Contains("none either", Assert.IsType<RunEvent.Ended>(events[^1]).Reason, StringComparison.Ordinal);
        Assert.Single(events.OfType<RunEvent.Ended>());
    }

    public void Dispose() => _runs.Dispose();

    /// <summary>A folder that is there when the run is submitted, and of no use when it starts.</summary>
    private string Empty(string name) => Directory.CreateDirectory(_runs.In(name)).FullName;

    private static (long, DateTimeOffset, string) Told(RunEvent happened) => (happened.Sequence, happened.At, happened.GetType().Name);
}
