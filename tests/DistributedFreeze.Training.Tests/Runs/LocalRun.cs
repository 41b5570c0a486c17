using DistributedFreeze.Coordination;
using DistributedFreeze.Coordination.Groups;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Exchange.Sockets;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Replicas;

namespace DistributedFreeze.Training.Runs;

/// <summary>A run in this process, without grains: a driver over replicas on threads of their own.</summary>
internal static class LocalRun
{
    public const string RunId = "test";

    public static async Task<RunOutcome> RunAsync(
        RunSpec spec,
        int replicas,
        bool resume = false,
        Action<RunDriver, RunEvent>? onEvent = null,
        Func<IReplica, int, IReplica>? wrap = null,
        RunWorkspaces? workspaces = null,
        TimeProvider? time = null)
    {
        using var stores = new FeatureStores();
        workspaces ??= new(stores);
        var exchanges = new SharedExchanges();
        var members = Enumerable.Range(0, replicas).Select(i => new LocalReplica(workspaces, exchanges, $"cpu:{i}")).ToList();
        try
        {
            RunDriver? driver = null;
            driver = new(
                RunId, spec with { Replicas = replicas }, Pool(members.Select((member, i) => wrap?.Invoke(member, i) ?? member)), e => onEvent?.Invoke(driver!, e), time ?? TimeProvider.System);
            return await driver.RunAsync(resume, TestContext.Current.CancellationToken);
        }
        finally
        {
            await Task.WhenAll(members.Select(member => member.ReleaseAsync()));
        }
    }

    /// <summary>Handles of one silo, with the devices <c>here/cpu:0</c> and so on.</summary>
    public static FixedReplicas Pool(IEnumerable<IReplica> replicas) =>
        new(replicas.Select((replica, i) => new ReplicaHandle($"here/cpu:{i}", "here", null, replica)));
}
