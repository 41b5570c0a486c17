using DistributedFreeze.Coordination;
using DistributedFreeze.Coordination.Groups;
using DistributedFreeze.Coordination.Positions;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Runs;

/// <summary>A coordinator that dies in the middle of a run of two replicas, and what it has stored for the next one.</summary>
internal static class LostCoordinator
{
    /// <summary>Lets one run until it dies.</summary>
    /// <param name="spec">The run.</param>
    /// <param name="pool">Its replicas, which stay as they are.</param>
    /// <param name="dies">Whether it dies at an event.</param>
    public static async Task<RunSnapshot> OfAsync(RunSpec spec, IReplicaPool pool, Func<RunEvent, bool> dies)
    {
        RunSnapshot? stored = null;
        var driver = new RunDriver(LocalRun.RunId, spec with { Replicas = 2 }, pool, e =>
        {
            if (dies(e))
            {
                throw new Death();
            }
        }, new ManualClock(), keep: snapshot =>
        {
            stored = snapshot;
            return Task.CompletedTask;
        });
        await Assert.ThrowsAsync<Death>(() => driver.RunAsync(resume: false, TestContext.Current.CancellationToken));
        return stored!;
    }

    private sealed class Death : Exception;
}
