using System.Collections.Immutable;

namespace DistributedFreeze.Grains.Catalogue;

/// <summary>What a version stored of the catalogue that wrote it whole. It is moved into pages, and left empty.</summary>
[GenerateSerializer, Immutable, Alias("df.catalogue-state")]
public sealed record CatalogueState
{
    /// <summary>Run ids, oldest first.</summary>
    [Id(0)] public ImmutableArray<string> RunIds { get; init; } = [];

    /// <summary>Those of them that go on, oldest first.</summary>
    [Id(1)] public ImmutableArray<string> Unfinished { get; init; } = [];

    /// <summary>By which the writer knows this very write again; each has another one.</summary>
    [Id(2)] public Guid Stamp { get; init; }

    /// <summary>The runs as pages have them, oldest first.</summary>
    internal IEnumerable<CatalogueEntry> Entries
    {
        get
        {
            var unfinished = Unfinished.ToHashSet(StringComparer.Ordinal);
            return RunIds.Select(runId => new CatalogueEntry(runId, unfinished.Contains(runId)));
        }
    }
}
