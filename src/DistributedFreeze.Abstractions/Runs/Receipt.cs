using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace DistributedFreeze.Runs;

/// <summary>What a run did: written as <c>receipt.json</c> beside the model.</summary>
[GenerateSerializer, Immutable, Alias("df.receipt")]
public sealed record Receipt
{
    /// <summary>Version of this form. It grows; fields keep their meaning.</summary>
    [Id(0)] public int Format { get; init; } = 1;

    /// <summary>The run.</summary>
    [Id(1)] public required string RunId { get; init; }

    /// <summary>Version of the program.</summary>
    [Id(2)] public required string Program { get; init; }

    /// <summary>SHA-256 over the trained tensors in name order: name, type, shape, bytes.</summary>
    [Id(3)] public required string ModelSha256 { get; init; }

    /// <summary>SHA-256 over the base's tensors, in the same way.</summary>
    [Id(4)] public required string BaseSha256 { get; init; }

    /// <summary>SHA-256 of the data set's classes, splits, names and contents.</summary>
    [Id(5)] public required string DataSha256 { get; init; }

    /// <summary>SHA-256 of the last phase's mask.</summary>
    [Id(6)] public required string MaskHash { get; init; }

    /// <summary>Trainable parameters of the last phase, the head's included.</summary>
    [Id(7)] public required long TrainableParameters { get; init; }

    /// <summary>True where every layer, and all statistics, that stayed frozen have the hash they began with; a run in which this is false has failed.</summary>
    [Id(8)] public required bool FrozenUnchanged { get; init; }

    /// <summary>Mean loss over the training images, per epoch.</summary>
    [Id(9)] public required ImmutableArray<double> TrainLoss { get; init; }

    /// <summary>Share of the test images classified correctly; null where there are none.</summary>
    [Id(10)] public double? TestAccuracy { get; init; }

    /// <summary>Mean loss over the test images; null where there are none.</summary>
    [Id(11)] public double? TestLoss { get; init; }

    /// <summary>Test images.</summary>
    [Id(12)] public int TestImages { get; init; }

    /// <summary>Number of replicas that trained.</summary>
    [Id(13)] public required int Replicas { get; init; }

    /// <summary>Their devices.</summary>
    [Id(14)] public required ImmutableArray<string> Devices { get; init; }

    /// <summary>Training images per second over all epochs, validation not included.</summary>
    [Id(15)] public required double ImagesPerSecond { get; init; }

    /// <summary>Seconds from the start to the receipt, earlier attempts of a resumed run included.</summary>
    [Id(16)] public required double Seconds { get; init; }

    /// <summary>Class names, in the order of the network's outputs.</summary>
    [Id(17)] public required ImmutableArray<string> Classes { get; init; }

    /// <summary>The phases.</summary>
    [Id(18)] public required ImmutableArray<PhaseReceipt> Phases { get; init; }

    /// <summary>Every epoch.</summary>
    [Id(19)] public required ImmutableArray<EpochResult> Epochs { get; init; }

    /// <summary>Layers that stayed frozen through every phase, with their hash before and after.</summary>
    [Id(20)] public required ImmutableArray<FrozenLayer> FrozenLayers { get; init; }

    /// <summary>What a person should know, a sentence each.</summary>
    [Id(21)] public ImmutableArray<string> Warnings { get; init; } = [];

    /// <summary>The spec as it ran.</summary>
    [Id(22)] public required RunSpec Spec { get; init; }

    /// <summary>What each phase was predicted to take, beside what it took.</summary>
    [Id(23)] public ImmutableArray<PhaseComparison> Predictions { get; init; } = [];

    /// <summary>Batch norms that were open in some phase, yet kept their running statistics in all of them: these statistics' hash before and after.</summary>
    [Id(24)] public ImmutableArray<FrozenLayer> FrozenStatistics { get; init; } = [];

    /// <summary>How pixels became network input, and why so; null in a receipt of an older version.</summary>
    [Id(25)] public PreprocessingChoice? Preprocessing { get; init; }

    /// <summary>How the model did on the test images; null where there are none, or in a receipt of an older version.</summary>
    [Id(26)] public SplitMeasures? Test { get; init; }

    /// <summary>How the model did on the validation images; null as above.</summary>
    [Id(27)] public SplitMeasures? Validation { get; init; }

    /// <summary>Who submitted the run: the name of a key, or a token's subject. Null, and not written, where nobody was asked.</summary>
    [Id(28)]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Owner { get; init; }

    /// <summary>Issuer of the owner's token; null, and not written, for a key.</summary>
    [Id(29)]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? OwnerIssuer { get; init; }

    /// <summary>The finished run that the run started from; null, and not written, for one that started from its base.</summary>
    [Id(30)]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ParentRun? Parent { get; init; }

    /// <summary>What the run was computed with; null, and not written, in a receipt of an older version.</summary>
    [Id(31)]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ComputePlatform? Platform { get; init; }

    /// <summary>
    /// The classes of device that have computed the run, each once, the last one at last, where there was more than one: it had to go on elsewhere, and a run on one class alone has other low bits.
    /// Null, and not written, where no more than one is known.
    /// </summary>
    [Id(32)]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ImmutableArray<string>? DeviceClasses { get; init; }
}

/// <summary>The finished run that a run started from, by its content.</summary>
/// <param name="RunId">Its id.</param>
/// <param name="ModelSha256">SHA-256 of its trained tensors: <see cref="Receipt.ModelSha256"/> in its receipt.</param>
/// <param name="ReceiptSha256">SHA-256 of its receipt's file, in lower-case hexadecimal.</param>
[GenerateSerializer, Immutable, Alias("df.parent-run")]
public sealed record ParentRun([property: Id(0)] string RunId, [property: Id(1)] string ModelSha256, [property: Id(2)] string ReceiptSha256);

/// <summary>What one phase trained and moved.</summary>
/// <param name="MaskHash">SHA-256 of its mask.</param>
/// <param name="Boundary">Name of its boundary.</param>
/// <param name="TrainableParameters">Parameters that trained, the head's included.</param>
/// <param name="FrozenParameters">Parameters that didn't.</param>
/// <param name="AllReduceBytes">Bytes of gradient that a step exchanged.</param>
/// <param name="Steps">Steps of the phase.</param>
[GenerateSerializer, Immutable, Alias("df.phase-receipt")]
public sealed record PhaseReceipt(
    [property: Id(0)] string MaskHash,
    [property: Id(1)] string Boundary,
    [property: Id(2)] long TrainableParameters,
    [property: Id(3)] long FrozenParameters,
    [property: Id(4)] long AllReduceBytes,
    [property: Id(5)] long Steps)
{
    /// <summary>Epochs that it trained: fewer than its spec's where it ended early. 0 in a receipt of an older version.</summary>
    [Id(6)] public int Epochs { get; init; }

    /// <summary>The epoch whose weights it ended with, from 0; null in a receipt of an older version.</summary>
    [Id(7)] public int? KeptEpoch { get; init; }
}

/// <summary>A layer that stayed frozen.</summary>
/// <param name="Layer">The layer's name.</param>
/// <param name="Before">SHA-256 of its tensors when they were loaded.</param>
/// <param name="After">SHA-256 of its tensors after the last step.</param>
[GenerateSerializer, Immutable, Alias("df.frozen-layer")]
public sealed record FrozenLayer([property: Id(0)] string Layer, [property: Id(1)] string Before, [property: Id(2)] string After);
