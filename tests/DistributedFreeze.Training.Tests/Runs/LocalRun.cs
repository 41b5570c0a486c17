using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Exchange;
using DistributedFreeze.Training.Features;
using DistributedFreeze.Training.Replicas;

namespace DistributedFreeze.Training.Runs;

/// <summary>A run in this process, without grains: a driver over replicas on threads of their own.</summary>
internal static class LocalRun
{
    public static async Task<RunOutcome> RunAsync(
        RunSpec spec, int replicas, bool resume = false, Action<RunDriver, RunEvent>? onEvent = null, Func<IReplica, int, IReplica>? wrap = null)
    {
        using var stores = new FeatureStores();
        var workspaces = new RunWorkspaces(stores);
        var exchanges = new SharedExchanges();
        var members = Enumerable.Range(0, replicas).Select(_ => new LocalReplica(workspaces, exchanges)).ToList();
        try
        {
            RunDriver? driver = null;
            driver = new("test", spec, [.. members.Select((member, i) => wrap?.Invoke(member, i) ?? member)], e => onEvent?.Invoke(driver!, e), TimeProvider.System);
            return await driver.RunAsync(resume, TestContext.Current.CancellationToken);
        }
        finally
        {
            await Task.WhenAll(members.Select(member => member.ReleaseAsync()));
        }
    }
}
