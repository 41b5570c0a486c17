using DistributedFreeze.Coordination;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Replicas;

namespace DistributedFreeze.Training.Runs;

/// <summary>A run that goes back to a phase that is over, with replicas that have trained in the next one.</summary>
[Slow]
public sealed class SetBackTests(UndisturbedRun undisturbed) : IClassFixture<UndisturbedRun>
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task WhatALaterPhaseTrained_IsForgotten(int replicas)
    {
        var spec = undisturbed.NewSpec();
        using var pool = new ChangingPool(undisturbed.Workspaces, replicas: 0);
        var events = new List<RunEvent>();
        bool Breaks() => events.OfType<RunEvent.WindowDone>().Any(window => window.Phase == 1) && !events.OfType<RunEvent.SetBack>().Any();
        for (var i = 0; i < replicas; i++)
        {
            pool.Add(replica => new WatchedReplica(replica)
            {
                // After a window of the second phase nobody holds a state any more, as after a step that was applied in half.
                BeforeEvaluation = _ => Breaks() ? throw new ExchangeBrokenException("a test breaks it") : Task.CompletedTask,
                Reported = position => Breaks() ? null : position,
            });
        }

        var time = new ManualClock();
        var driver = new RunDriver(LocalRun.RunId, spec with { Replicas = replicas }, pool, e =>
        {
            events.Add(e);
            if (e is RunEvent.WindowDone { Phase: 0 } && !events.OfType<RunEvent.CheckpointWritten>().Any())
            {
                time.Advance(TimeSpan.FromSeconds(61));
            }
        }, time);

        undisturbed.AssertSame(await driver.RunAsync(resume: false, TestContext.Current.CancellationToken), spec, replicas);

        Assert.Equal((0, "checkpoint"), Assert.Single(events.OfType<RunEvent.SetBack>().Select(back => (back.Phase, back.From))));
    }
}
