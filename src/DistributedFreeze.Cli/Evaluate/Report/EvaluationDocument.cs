using System.Collections.Immutable;
using DistributedFreeze.Data;
using DistributedFreeze.Evaluation;

namespace DistributedFreeze.Cli.Evaluate.Report;

/// <summary>An evaluation as <c>--json</c> prints it and <c>evaluation.json</c> holds it. It grows; members keep their meaning.</summary>
internal sealed record EvaluationDocument
{
    public int Format { get; init; } = 1;

    public required EvaluatedModel Model { get; init; }

    public required EvaluatedData Data { get; init; }

    public required double Loss { get; init; }

    public required double Accuracy { get; init; }

    public required IntervalDocument AccuracyInterval { get; init; }

    public required TopKDocument TopK { get; init; }

    public required double BalancedAccuracy { get; init; }

    public required AverageScore Macro { get; init; }

    public required AverageScore Weighted { get; init; }

    public required double? MacroRocAuc { get; init; }

    public required double BrierScore { get; init; }

    public required double ExpectedCalibrationError { get; init; }

    public required ImmutableArray<ClassDocument> Classes { get; init; }

    /// <summary>A row for each class, with a count for each answer.</summary>
    public required ImmutableArray<ImmutableArray<long>> Confusion { get; init; }

    public required ImmutableArray<ReliabilityBin> Reliability { get; init; }

    /// <param name="evaluation">The figures.</param>
    /// <param name="model">What was evaluated.</param>
    /// <param name="images">On what.</param>
    /// <param name="unreadable">How many of these were left out.</param>
    /// <param name="seed">Key of the bootstrap.</param>
    public static EvaluationDocument Of(ClassifierEvaluation evaluation, EvaluatedModel model, EvaluationImages images, int unreadable, long seed) => new()
    {
        Model = model,
        Data = new(images.Root, images.Split is { } split ? EvaluationImages.NameOf(split) : null, images.AreTheRuns, evaluation.Images.Length, unreadable),
        Loss = evaluation.Loss,
        Accuracy = evaluation.Scores.Accuracy,
        AccuracyInterval = new(
            evaluation.AccuracyInterval.Low, evaluation.AccuracyInterval.High, Evaluation.AccuracyInterval.Level, Evaluation.AccuracyInterval.Resamples, seed),
        TopK = new(evaluation.TopK, evaluation.TopKAccuracy),
        BalancedAccuracy = evaluation.Scores.BalancedAccuracy,
        Macro = evaluation.Scores.Macro,
        Weighted = evaluation.Scores.Weighted,
        MacroRocAuc = evaluation.MacroRocAuc,
        BrierScore = evaluation.BrierScore,
        ExpectedCalibrationError = evaluation.Calibration.ExpectedError,
        Classes = [.. evaluation.Classes.Select((name, c) => ClassDocument.Of(name, evaluation.Scores.Classes[c], evaluation.RocAuc[c]))],
        Confusion = [.. evaluation.Classes.Select((_, truth) => evaluation.Classes.Select((_, answer) => evaluation.Confusion[truth, answer]).ToImmutableArray())],
        Reliability = evaluation.Calibration.Bins,
    };
}

/// <summary>What was evaluated.</summary>
/// <param name="Path">Full path of the run's folder or the model.</param>
/// <param name="ModelSha256">Hash of its trained tensors; null where the model does not say.</param>
/// <param name="RunId">The run; null for a model alone.</param>
internal sealed record EvaluatedModel(string Path, string? ModelSha256, string? RunId)
{
    /// <summary>What the model divides its logits by; null where it was not calibrated.</summary>
    public double? Temperature { get; init; }
}

/// <summary>On what it was evaluated.</summary>
/// <param name="Path">Full path of the data folder.</param>
/// <param name="Split"><c>train</c>, <c>val</c> or <c>test</c>; null for all images of a folder.</param>
/// <param name="AreTheRuns">Whether these are the very images of the run's split; null where no run says.</param>
/// <param name="Images">Images that count.</param>
/// <param name="Unreadable">Images that were left out.</param>
internal sealed record EvaluatedData(string Path, string? Split, bool? AreTheRuns, int Images, int Unreadable);

/// <summary>Where the accuracy of other samples would lie.</summary>
internal sealed record IntervalDocument(double Low, double High, double Level, int Resamples, long Seed);

/// <summary>Share of the images whose class is among the k most probable ones.</summary>
internal sealed record TopKDocument(int K, double Accuracy);

/// <summary>One class.</summary>
internal sealed record ClassDocument(string Class, double Precision, double Recall, double F1, long Support, double? RocAuc)
{
    public static ClassDocument Of(string name, ClassScore score, double? rocAuc) =>
        new(name, score.Precision, score.Recall, score.F1, score.Support, rocAuc);
}
