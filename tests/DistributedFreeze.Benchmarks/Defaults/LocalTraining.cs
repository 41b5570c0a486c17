using DistributedFreeze.Coordination;
using DistributedFreeze.Coordination.Groups;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Exchange.Sockets;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Replicas;

namespace DistributedFreeze.Benchmarks.Defaults;

/// <summary>Whole runs in this process.</summary>
internal static class LocalTraining
{
    /// <summary>Trains; what an earlier run left in the output folder is deleted.</summary>
    /// <param name="spec">The run.</param>
    /// <param name="stores">Where features are kept.</param>
    /// <param name="most">The most replicas.</param>
    public static async Task<Receipt> RunAsync(RunSpec spec, FeatureStores stores, int most)
    {
        var workspaces = new RunWorkspaces(stores);
        var exchanges = new SharedExchanges();
        var replicas = Enumerable.Range(0, Math.Min(most, spec.Shards)).Select(i => new LocalReplica(workspaces, exchanges, $"cpu:{i}")).ToList();
        try
        {
            if (Directory.Exists(spec.Output))
            {
                Directory.Delete(spec.Output, recursive: true);
            }

            var handles = replicas.Select((replica, i) => new ReplicaHandle($"here/cpu:{i}", "here", null, replica));
            var driver = new RunDriver("benchmark", spec with { Replicas = replicas.Count }, new FixedReplicas(handles), _ => { }, TimeProvider.System);
            return (await driver.RunAsync(resume: false, CancellationToken.None)).Receipt!;
        }
        finally
        {
            await Task.WhenAll(replicas.Select(replica => replica.ReleaseAsync()));
        }
    }
}
