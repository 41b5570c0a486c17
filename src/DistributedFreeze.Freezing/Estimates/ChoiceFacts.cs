using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Estimates;

/// <summary>What the choice of one phase depends on; times in seconds.</summary>
internal sealed record ChoiceFacts
{
    public required bool HasPrefix { get; init; }

    public required int? Views { get; init; }

    public required int Epochs { get; init; }

    /// <summary>The whole phase, filling included.</summary>
    public required double WithCache { get; init; }

    public required double WithoutCache { get; init; }

    /// <summary>What later phases save where this one keeps what its pass gives them.</summary>
    public required double LaterSavings { get; init; }

    public required int? FirstServed { get; init; }

    public required int? GivenBy { get; init; }

    /// <summary>Whether nothing has to be filled.</summary>
    public required bool IsStored { get; init; }

    public required double EpochWithCache { get; init; }

    public required double EpochWithoutCache { get; init; }

    public required double Fill { get; init; }

    public required long Bytes { get; init; }

    public required long Room { get; init; }

    public bool Fits => Bytes <= Room;

    public bool PaysAlone => WithCache < WithoutCache;

    public bool Keeps(FeatureCacheMode mode) => HasPrefix && mode switch
    {
        FeatureCacheMode.Off => false,
        FeatureCacheMode.On => true,
        _ => Fits && WithCache - LaterSavings < WithoutCache,
    };
}
