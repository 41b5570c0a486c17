using DistributedFreeze.Grains;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Simulation.Cluster;

/// <summary>The output folder of the one run that there is.</summary>
internal sealed class OwnOutput : IOutputGrain
{
    public Task<string?> ClaimAsync(string runId) => Task.FromResult<string?>(null);

    public Task<string?> ClaimForAsync(string runId, RunOwner? owner) => Task.FromResult<string?>(null);

    public Task ReleaseAsync(string runId) => Task.CompletedTask;
}
