using System.Collections.Immutable;

namespace DistributedFreeze.Grains.Catalogue;

/// <summary>What is stored of the catalogue.</summary>
[GenerateSerializer, Immutable, Alias("df.catalogue-state")]
public sealed record CatalogueState
{
    /// <summary>Run ids, oldest first.</summary>
    [Id(0)] public ImmutableArray<string> RunIds { get; init; } = [];

    /// <summary>Those of them that go on, oldest first.</summary>
    [Id(1)] public ImmutableArray<string> Unfinished { get; init; } = [];

    /// <summary>By which the writer knows this very write again; each has another one.</summary>
    [Id(2)] public Guid Stamp { get; init; }

    /// <returns>This very instance where the run is there already.</returns>
    public CatalogueState Add(string runId) =>
        RunIds.Contains(runId) ? this : this with { RunIds = RunIds.Add(runId), Unfinished = Unfinished.Add(runId) };

    /// <returns>This very instance where nothing changes.</returns>
    public CatalogueState Mark(string runId, bool unfinished) => (Unfinished.Contains(runId), unfinished) switch
    {
        (true, false) => this with { Unfinished = Unfinished.Remove(runId) },
        (false, true) when RunIds.Contains(runId) => this with { Unfinished = Unfinished.Add(runId) },
        _ => this,
    };

    /// <returns>This very instance where there is no such run.</returns>
    public CatalogueState Remove(string runId) =>
        RunIds.Contains(runId) ? this with { RunIds = RunIds.Remove(runId), Unfinished = Unfinished.Remove(runId) } : this;
}
