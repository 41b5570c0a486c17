using DistributedFreeze.Grains.Coordination;
using DistributedFreeze.Grains.Tests.Clusters;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Tests.Runs;

/// <summary>A run that kills the silos that train it.</summary>
[Slow]
public sealed class GivenUpTests(TestSilo silo) : IDisposable
{
    private readonly SmallestRuns _runs = new();

    [Theory]
    [InlineData(RunRecord.MostFruitlessStarts, RunState.Failed)]
    [InlineData(RunRecord.MostFruitlessStarts - 1, RunState.Succeeded)]
    public async Task ARunWhoseCoordinatorsWereLostInOnePlace_IsGivenUpInTheEnd(int starts, RunState expected)
    {
        var run = silo.Client.GetGrain<IRunGrain>($"poison-{starts}");
        await silo.StoreAsync(run, new() { Submission = new(_runs.Spec("out"), Resume: false), State = RunState.Queued, Generation = starts, Starts = starts });

        await run.KeepGoingAsync();
        var ended = await RunEvents.EndAsync(silo.Client, $"poison-{starts}");

        Assert.Equal(expected, ended.State);
        Assert.Equal(expected == RunState.Failed, ended.Reason?.Contains("3 coordinators in a row were lost", StringComparison.Ordinal) ?? false);
    }

    public void Dispose() => _runs.Dispose();
}
