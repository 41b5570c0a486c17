using System.Text.Json;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Replicas;

namespace DistributedFreeze.Training.Runs;

/// <summary>Data and base weights of runs that differ in nothing but output and replicas, loaded once.</summary>
internal sealed class KeptWorkspaces : IDisposable
{
    private readonly FeatureStores _stores = new();
    private readonly Dictionary<string, (RunWorkspaces Workspaces, RunWorkspaces.Lease Lease)> _kept = new(StringComparer.Ordinal);

    /// <summary>What runs of the spec share. Not thread-safe.</summary>
    public RunWorkspaces Of(RunSpec spec)
    {
        var key = JsonSerializer.Serialize(spec with { Output = "", Replicas = 1 }, RunJson.Compact);
        if (!_kept.TryGetValue(key, out var found))
        {
            var workspaces = new RunWorkspaces(_stores);
            found = (workspaces, workspaces.Join(LocalRun.RunId, spec, TestContext.Current.CancellationToken));
            _kept.Add(key, found);
        }

        return found.Workspaces;
    }

    public void Dispose()
    {
        foreach (var (_, lease) in _kept.Values)
        {
            lease.Dispose();
        }

        _stores.Dispose();
    }
}
