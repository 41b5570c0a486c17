using DistributedFreeze.Freezing;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Advice;

/// <summary>How a candidate did. Immutable.</summary>
[GenerateSerializer, Immutable, Alias("df.candidate-score")]
public sealed record CandidateScore
{
    /// <summary>Name of what the run itself says, where that is none of the others.</summary>
    public const string AsGiven = "as given";

    /// <summary>What people call it, such as <c>conv5</c>.</summary>
    [Id(0)] public required string Name { get; init; }

    /// <summary>What is unfrozen.</summary>
    [Id(1)] public required FreezePolicy Freeze { get; init; }

    /// <summary>Parameters that train in the last phase.</summary>
    [Id(2)] public required long TrainableParameters { get; init; }

    /// <summary>Bytes of the model's numbers.</summary>
    [Id(3)] public required long ModelBytes { get; init; }

    /// <summary>Multiply-adds of training per image, through all epochs of a full run: what makes one cheaper than another.</summary>
    [Id(4)] public required double Cost { get; init; }

    /// <summary>Seconds of a full run from here on, by measured rates; null where nothing was measured.</summary>
    [Id(5)] public double? RunSeconds { get; init; }

    /// <summary>Why it was not tried, or gave nothing; null where it did.</summary>
    [Id(6)] public string? NotTried { get; init; }

    /// <summary>Epochs of its last phase that it trained, and of how many in a full run.</summary>
    [Id(7)] public int Epochs { get; init; }

    /// <summary>Epochs of its last phase in a full run.</summary>
    [Id(8)] public required int FullEpochs { get; init; }

    /// <summary>By the metric, on images that it had not seen; null where it was not tried.</summary>
    [Id(9)] public ScoreInterval? Score { get; init; }

    /// <summary>How much better it is than the head alone on the same images, above 0 where it is better; null for the head itself, and where it was not tried.</summary>
    [Id(10)] public GainInterval? Gain { get; init; }

    /// <summary>Mean loss of the last epoch's training images.</summary>
    [Id(11)] public double? TrainLoss { get; init; }

    /// <summary>Mean loss of the images held out.</summary>
    [Id(12)] public double? HeldOutLoss { get; init; }

    /// <summary>Whether the loss on the images held out rose while that of the training images fell.</summary>
    [Id(13)] public bool Overfits { get; init; }

    /// <summary>The head that it trains: <see cref="HeadSpec.Inputs"/> names the blocks that it reads, where these are more than the last one.</summary>
    [Id(14)] public HeadSpec Head { get; init; } = new();
}
