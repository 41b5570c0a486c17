using System.Collections.Immutable;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Replicas;

/// <summary>Asks a replica to load what a run needs.</summary>
[GenerateSerializer, Immutable, Alias("df.prepare-order")]
public sealed record PrepareOrder
{
    /// <summary>The run.</summary>
    [Id(0)] public required string RunId { get; init; }

    /// <summary>What the run does.</summary>
    [Id(1)] public required RunSpec Spec { get; init; }

    /// <summary>True to measure, too, how many replicas would be fastest.</summary>
    [Id(2)] public bool Suggest { get; init; }
}

/// <summary>What a replica has loaded; every replica of a run reports the same but for the device.</summary>
[GenerateSerializer, Immutable, Alias("df.replica-ready")]
public sealed record ReplicaReady
{
    /// <summary>The device, such as <c>cpu</c> or <c>cuda:0</c>.</summary>
    [Id(0)] public required string Device { get; init; }

    /// <summary>SHA-256 of the data set's classes, splits, names and contents.</summary>
    [Id(1)] public required string DataHash { get; init; }

    /// <summary>SHA-256 of the base's tensors.</summary>
    [Id(2)] public required string BaseHash { get; init; }

    /// <summary>Class names, in the order of the network's outputs.</summary>
    [Id(3)] public required ImmutableArray<string> Classes { get; init; }

    /// <summary>Images to train on.</summary>
    [Id(4)] public required int TrainImages { get; init; }

    /// <summary>Images to validate on.</summary>
    [Id(5)] public required int ValidationImages { get; init; }

    /// <summary>Images to test on.</summary>
    [Id(6)] public required int TestImages { get; init; }

    /// <summary>What a person should know of the data, a sentence each.</summary>
    [Id(7)] public ImmutableArray<string> Warnings { get; init; } = [];

    /// <summary>SHA-256 of every base layer that has tensors, by layer name, and of every batch norm's running statistics as <c>LAYER.statistics</c>.</summary>
    [Id(8)] public required ImmutableSortedDictionary<string, string> LayerHashes { get; init; }

    /// <summary>The fewest replicas that are predicted to be fastest; null where nobody asked.</summary>
    [Id(9)] public int? SuggestedReplicas { get; init; }

    /// <summary>How this replica would prepare pixels; the coordinator decides. Null from a silo that does not say.</summary>
    [Id(10)] public PreprocessingChoice? Preprocessing { get; init; }

    /// <summary>The finished run that the run starts from; null where it starts from its base.</summary>
    [Id(11)] public ParentRun? Parent { get; init; }

    /// <summary>
    /// About how many pieces, each as long as the vector of a step, the run's state is broadcast in, by phase. Default from a silo of a version that
    /// takes no part in broadcasts.
    /// </summary>
    [Id(12)] public ImmutableArray<int> BroadcastPieces { get; init; }

    /// <summary>The device's class, as <see cref="DistributedFreeze.Devices.DeviceClass"/> writes it: that of all replicas of a run is the same. Null from a silo of before.</summary>
    [Id(13)] public string? DeviceClass { get; init; }

    /// <summary>What it computes with; null from a silo that does not say.</summary>
    [Id(14)] public ComputePlatform? Platform { get; init; }
}
