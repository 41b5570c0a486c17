using System.Collections.Immutable;
using DistributedFreeze.Grains.Stores;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Epochs;

/// <summary>Some of a run's epochs that follow one another, as they are stored once they are as many as a page holds.</summary>
[GenerateSerializer, Immutable, Alias("df.epoch-page")]
public sealed record EpochPage : IPage
{
    /// <summary>Epochs of a page.</summary>
    public const int Size = 32;

    /// <summary>The epochs, in order.</summary>
    [Id(0)] public ImmutableArray<EpochResult> Epochs { get; init; } = [];

    /// <summary>By which the writer knows this very write again; each has another one.</summary>
    [Id(1)] public Guid Stamp { get; init; }
}
