namespace DistributedFreeze.Grains.Outputs;

/// <summary>What is stored of an output folder.</summary>
[GenerateSerializer, Immutable, Alias("df.output-owner")]
public sealed record OutputOwner
{
    /// <summary>The run that had it last; null before the first.</summary>
    [Id(0)] public string? RunId { get; init; }

    /// <summary>By which the writer knows this very write again; each has another one.</summary>
    [Id(1)] public Guid Stamp { get; init; }
}
