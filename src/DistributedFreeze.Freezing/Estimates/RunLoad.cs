using System.Collections.Immutable;

namespace DistributedFreeze.Freezing.Estimates;

/// <summary>How much there is to do in a run, and the room for its features.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed record RunLoad
{
    /// <summary>Images to train on, at least 1.</summary>
    public required int TrainImages { get; init; }

    /// <summary>Images to validate on after every epoch.</summary>
    public int ValidationImages { get; init; }

    /// <summary>Images to test on, once.</summary>
    public int TestImages { get; init; }

    /// <summary>Views of a training image that come back: 1 without augmentation; null shows another one in every epoch.</summary>
    public int? Views { get; init; } = 1;

    /// <summary>Images that a prefix is evaluated on at a time, the last ones padded.</summary>
    public int BlockSize { get; init; } = 1;

    /// <summary>Whether the pixels of all images are in memory before the first phase, so that none is decoded again.</summary>
    public bool HasPixels { get; init; }

    /// <summary>Steps of an epoch.</summary>
    public required int StepsPerEpoch { get; init; }

    /// <summary>The most replicas that the run can have.</summary>
    public required int Shards { get; init; }

    /// <summary>Replicas that find a processor of their own: processors over threads of a replica, at least 1.</summary>
    public required double Processors { get; init; }

    /// <summary>Bytes of memory for features.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>Bytes of disk for features; 0 for memory only.</summary>
    public required long DiskBytes { get; init; }

    /// <summary>The phases, in order.</summary>
    public required ImmutableArray<PhaseLoad> Phases { get; init; }

    /// <summary>Whether all features that a phase keeps are stored already.</summary>
    public bool IsStored(int phase) => Phases[phase].Stored >= Records(phase);

    /// <summary>Images that a phase is tested on: the last one is.</summary>
    internal int TestsOf(int phase) => phase == Phases.Length - 1 ? TestImages : 0;

    /// <summary>Records of a phase when all that come back are kept, without those of its test.</summary>
    internal long Records(int phase) => (long)ViewsOf(phase).Count * TrainImages + ValidationImages;

    /// <summary>The views that come back and that a phase shows, from 0.</summary>
    internal HashSet<int> ViewsOf(int phase)
    {
        var first = Phases.Take(phase).Sum(earlier => earlier.Epochs);
        return Views is { } views ? [.. Enumerable.Range(first, Phases[phase].Epochs).Select(epoch => epoch % views)] : [];
    }
}

/// <summary>How much there is to do in one phase.</summary>
public sealed record PhaseLoad
{
    /// <summary>Name of the boundary.</summary>
    public required string Boundary { get; init; }

    /// <summary>Epochs, at least 1.</summary>
    public required int Epochs { get; init; }

    /// <summary>Bytes of one image's features.</summary>
    public required long RecordBytes { get; init; }

    /// <summary>Bytes that a step exchanges.</summary>
    public required long ExchangeBytes { get; init; }

    /// <summary>Records that are stored already, training and validation images together.</summary>
    public long Stored { get; init; }

    /// <summary>Records of test images that are stored already, of the last phase.</summary>
    public long StoredTests { get; init; }

    /// <summary>Later phases, from 0, whose features this phase's pass gives as well.</summary>
    public ImmutableArray<int> Serves { get; init; } = [];
}
