using System.Collections.Immutable;
using DistributedFreeze.Freezing;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Advice;

/// <summary>How much to unfreeze, as far as it was found out. Immutable.</summary>
public sealed record AdviceResult
{
    /// <summary>False where it was interrupted: what is there is right, and more was to come.</summary>
    public required bool IsWhole { get; init; }

    /// <summary>By what candidates were compared.</summary>
    public required EpochMeasure Metric { get; init; }

    /// <summary>Training images of the run.</summary>
    public required int TrainImages { get; init; }

    /// <summary>Images that candidates were judged by, each by a candidate that had not seen it.</summary>
    public required int HeldOutImages { get; init; }

    /// <summary>In how many parts these were held out, 1 for all at once.</summary>
    public required int Splits { get; init; }

    /// <summary>Whether these are validation images alone, as the run has them.</summary>
    public required bool AreValidation { get; init; }

    /// <summary>How well each depth tells the classes apart, the stem first, all together last; empty where this was not reached.</summary>
    public ImmutableArray<DepthScore> Depths { get; init; } = [];

    /// <summary>Images that <see cref="Depths"/> are from.</summary>
    public int ProbedImages { get; init; }

    /// <summary>The blocks that a head would do best to see together; null where this was not reached or cannot be told.</summary>
    public BlockSelection? Selection { get; init; }

    /// <summary>How much the loss pulls at each block, the stem first; empty where this was not reached, or takes more memory than there is.</summary>
    public ImmutableArray<BlockGradient> Gradients { get; init; } = [];

    /// <summary>The candidates, cheapest first.</summary>
    public ImmutableArray<CandidateScore> Candidates { get; init; } = [];

    /// <summary>What is recommended; null where this was not reached.</summary>
    public Recommendation? Recommendation { get; init; }

    /// <summary>What a person should know of how this was found out, a sentence each.</summary>
    public ImmutableArray<string> Notes { get; init; } = [];
}

/// <summary>How a candidate did. Immutable.</summary>
public sealed record CandidateScore
{
    /// <summary>Name of what the run itself says, where that is none of the others.</summary>
    public const string AsGiven = "as given";

    /// <summary>What people call it, such as <c>conv5</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What is unfrozen.</summary>
    public required FreezePolicy Freeze { get; init; }

    /// <summary>Parameters that train in the last phase.</summary>
    public required long TrainableParameters { get; init; }

    /// <summary>Bytes of the model's numbers.</summary>
    public required long ModelBytes { get; init; }

    /// <summary>Multiply-adds of training per image, through all epochs of a full run: what makes one cheaper than another.</summary>
    public required double Cost { get; init; }

    /// <summary>Seconds of a full run from here on, by measured rates; null where nothing was measured.</summary>
    public double? RunSeconds { get; init; }

    /// <summary>Why it was not tried, or gave nothing; null where it did.</summary>
    public string? NotTried { get; init; }

    /// <summary>Epochs of its last phase that it trained, and of how many in a full run.</summary>
    public int Epochs { get; init; }

    /// <summary>Epochs of its last phase in a full run.</summary>
    public required int FullEpochs { get; init; }

    /// <summary>By the metric, on images that it had not seen; null where it was not tried.</summary>
    public ScoreInterval? Score { get; init; }

    /// <summary>How much better it is than the head alone on the same images, above 0 where it is better; null for the head itself, and where it was not tried.</summary>
    public GainInterval? Gain { get; init; }

    /// <summary>Mean loss of the last epoch's training images.</summary>
    public double? TrainLoss { get; init; }

    /// <summary>Mean loss of the images held out.</summary>
    public double? HeldOutLoss { get; init; }

    /// <summary>Whether the loss on the images held out rose while that of the training images fell.</summary>
    public bool Overfits { get; init; }
}

/// <summary>A score and its 95 % interval.</summary>
/// <param name="Value">The score.</param>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
public sealed record ScoreInterval(double Value, double Low, double High);

/// <summary>A paired difference and its 95 % interval.</summary>
/// <param name="Value">The difference.</param>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
/// <param name="IsDistinguishable">Whether it is more than chance would give: the interval excludes 0.</param>
public sealed record GainInterval(double Value, double Low, double High, bool IsDistinguishable);

/// <summary>What is recommended.</summary>
/// <param name="Candidate">Name of the candidate.</param>
/// <param name="Reason">Why, in a sentence or two.</param>
/// <param name="Spec">The run to train.</param>
public sealed record Recommendation(string Candidate, string Reason, RunSpec Spec);
