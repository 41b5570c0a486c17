using DistributedFreeze.Coordination;
using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Runs;

/// <summary>Laws 3 and 5 where nobody is left who holds the run's state.</summary>
[Slow]
public sealed class LostGroupTests(UndisturbedRun undisturbed) : IClassFixture<UndisturbedRun>
{
    [Fact]
    public async Task WhenAllAreLost_TheRunGoesOnFromItsCheckpointOnOthers()
    {
        var spec = undisturbed.NewSpec();
        var time = new ManualClock();
        using var pool = new ChangingPool(undisturbed.Workspaces, replicas: 2);
        var events = new List<RunEvent>();
        var driver = new RunDriver(LocalRun.RunId, spec with { Replicas = 4 }, pool, e =>
        {
            events.Add(e);
            time.Advance(e is RunEvent.WindowDone or RunEvent.EpochDone ? TimeSpan.FromSeconds(61) : TimeSpan.Zero);
            if (e is RunEvent.CheckpointWritten && events.OfType<RunEvent.CheckpointWritten>().Count() == 3)
            {
                pool.LoseAll(then: 2);
            }
        }, time);

        undisturbed.AssertSame(await driver.RunAsync(resume: false, TestContext.Current.CancellationToken), spec, 2);

        Assert.Equal(2, events.OfType<RunEvent.ReplicaLost>().Count());
    }

    [Theory]
    [InlineData(0.9)] // a tensor
    [InlineData(0.002)] // the header
    public async Task WhenAllAreLostAndTheCheckpointIsDamaged_TheRunBeginsAgainAndSaysWhy(double place)
    {
        var spec = undisturbed.NewSpec();
        var output = new OutputFolder(spec.Output);
        var time = new ManualClock();
        using var pool = new ChangingPool(undisturbed.Workspaces, replicas: 2);
        var events = new List<RunEvent>();
        var driver = new RunDriver(LocalRun.RunId, spec with { Replicas = 4 }, pool, e =>
        {
            events.Add(e);
            time.Advance(e is RunEvent.WindowDone && !events.OfType<RunEvent.CheckpointWritten>().Any() ? TimeSpan.FromSeconds(61) : TimeSpan.Zero);
            if (e is RunEvent.CheckpointWritten)
            {
                var bytes = File.ReadAllBytes(output.Checkpoint);
                bytes[(int)(place * bytes.Length)] ^= 4;
                File.WriteAllBytes(output.Checkpoint, bytes);
                pool.LoseAll(then: 2);
            }
        }, time);

        undisturbed.AssertSame(await driver.RunAsync(resume: false, TestContext.Current.CancellationToken), spec, 2);

        var back = Assert.Single(events.OfType<RunEvent.SetBack>());
        Assert.Equal("start", back.From);
        Assert.Contains(output.Checkpoint, back.Reason, StringComparison.Ordinal);
        Assert.Contains("is damaged", back.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhenAllAreLostBeforeACheckpoint_TheRunBeginsAgain()
    {
        var spec = undisturbed.NewSpec();
        using var pool = new ChangingPool(undisturbed.Workspaces, replicas: 2);
        var lost = false;
        var driver = new RunDriver(LocalRun.RunId, spec with { Replicas = 4 }, pool, e =>
        {
            if (e is RunEvent.WindowDone && !lost)
            {
                lost = true;
                pool.LoseAll(then: 1);
            }
        }, new ManualClock());

        undisturbed.AssertSame(await driver.RunAsync(resume: false, TestContext.Current.CancellationToken), spec, 1);
    }
}
