using DistributedFreeze.Data.Features;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Features;
using DistributedFreeze.Training.Models;

namespace DistributedFreeze.Training.Replicas;

/// <summary>The workspaces of one silo, one per run, kept while any replica uses them.</summary>
/// <remarks>Thread-safe. Each silo has its own: two silos in one process share no more than bases that are drawn from a seed.</remarks>
/// <param name="stores">The silo's feature stores.</param>
internal sealed class RunWorkspaces(FeatureStores stores)
{
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>What stays on the devices of replicas.</summary>
    public DeviceResidency Residency { get; init; } = DeviceResidency.OfGpus;

    /// <summary>Where runs without a weights file have their bases from.</summary>
    internal DrawnBases Drawn { get; init; } = DrawnBases.OfThisProcess;

    /// <summary>Joins the run's workspace, loading it if nobody has yet. Blocks while it is loaded.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="spec">The run's spec.</param>
    /// <param name="cancellationToken">Stops the loading.</param>
    /// <exception cref="Errors.InvalidInputException">Spec, data or weights cannot be used.</exception>
    public Lease Join(string runId, RunSpec spec, CancellationToken cancellationToken)
    {
        Entry entry;
        lock (_entries)
        {
            if (!_entries.TryGetValue(runId, out entry!))
            {
                entry = new(new(() => Load(spec, cancellationToken)));
                _entries.Add(runId, entry);
            }

            entry.Users++;
        }

        try
        {
            return new(this, runId, entry.Workspace.Value);
        }
        catch
        {
            Leave(runId);
            throw;
        }
    }

    private RunWorkspace Load(RunSpec spec, CancellationToken cancellationToken)
    {
        var workspace = RunWorkspace.Load(spec, stores, cancellationToken, drawn: Drawn);
        workspace.Features.Residency = Residency;
        return workspace;
    }

    private void Leave(string runId)
    {
        Entry entry;
        lock (_entries)
        {
            entry = _entries[runId];
            if (--entry.Users > 0)
            {
                return;
            }

            _entries.Remove(runId);
        }

        if (entry.Workspace.IsValueCreated)
        {
            entry.Workspace.Value.Dispose();
        }
    }

    /// <summary>One replica's use of a workspace. Dispose of it once.</summary>
    public sealed class Lease : IDisposable
    {
        private readonly RunWorkspaces _owner;
        private readonly string _runId;

        internal Lease(RunWorkspaces owner, string runId, RunWorkspace workspace)
        {
            _owner = owner;
            _runId = runId;
            Workspace = workspace;
        }

        /// <summary>The workspace, valid until this is disposed.</summary>
        public RunWorkspace Workspace { get; }

        /// <inheritdoc/>
        public void Dispose() => _owner.Leave(_runId);
    }

    private sealed class Entry(Lazy<RunWorkspace> workspace)
    {
        public Lazy<RunWorkspace> Workspace { get; } = workspace;

        public int Users { get; set; }
    }
}
