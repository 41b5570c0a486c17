using System.Collections.Immutable;
using DistributedFreeze.Grains.Stores;

namespace DistributedFreeze.Grains.Catalogue;

/// <summary>Some runs that were submitted one after the other, as they are stored.</summary>
[GenerateSerializer, Immutable, Alias("df.catalogue-page")]
public sealed record CataloguePage : IPage
{
    /// <summary>Runs of a page.</summary>
    public const int Size = 128;

    /// <summary>The runs, oldest first.</summary>
    [Id(0)] public ImmutableArray<CatalogueEntry> Runs { get; init; } = [];

    /// <summary>By which the writer knows this very write again; each has another one. Empty where there is no such page.</summary>
    [Id(1)] public Guid Stamp { get; init; }
}

/// <summary>A run in the catalogue.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Unfinished">Whether it has neither ended nor is paused.</param>
/// <param name="Owner">Whose it is, where that one may have but so many; else null.</param>
[GenerateSerializer, Immutable, Alias("df.catalogue-entry")]
public readonly record struct CatalogueEntry([property: Id(0)] string RunId, [property: Id(1)] bool Unfinished, [property: Id(2)] string? Owner = null)
{
    /// <summary>What lists are filtered by; null for a run that a version entered which did not keep it.</summary>
    [Id(3)] public RunTraits? Traits { get; init; }
}
