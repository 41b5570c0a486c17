using System.Globalization;
using System.Text.Json;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Data;
using DistributedFreeze.Errors;
using DistributedFreeze.Inference;
using DistributedFreeze.Inference.Images;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Export;

namespace DistributedFreeze.Cli.Export;

/// <summary>What 8 bits changed.</summary>
/// <param name="CalibrationImages">On how many training images the ranges of activations were found.</param>
/// <param name="ValidationImages">On how many validation images both models were compared; 0 where the run has none.</param>
/// <param name="AccuracyBefore">Share of these that the model in floats has right, 0 to 1; null without any.</param>
/// <param name="AccuracyAfter">Share that the model in 8 bits has right.</param>
internal sealed record QuantizedModel(int CalibrationImages, int ValidationImages, double? AccuracyBefore, double? AccuracyAfter)
{
    /// <summary>Key of the model's metadata under which this is kept.</summary>
    public const string MetadataKey = "int8";

    /// <summary>A bound on time: each is computed in floats, with every activation kept.</summary>
    private const int MostCalibrationImages = 200;

    /// <summary>Finds ranges on a run's training images, and compares both models on its validation images.</summary>
    /// <param name="network">The run's network.</param>
    /// <param name="data">Where its images are now; null for where they were.</param>
    /// <param name="option">What names the images on the command line.</param>
    /// <param name="console">Shows how far it is; null shows nothing.</param>
    /// <param name="cancellationToken">Stops between two images.</param>
    /// <exception cref="InvalidInputException">The images are gone or others, or no training image can be read.</exception>
    public static (Int8Ranges Ranges, QuantizedModel Changed) Of(TrainedNetwork network, string? data, string option, CommandConsole? console, CancellationToken cancellationToken)
    {
        var training = RunImages.Of(network, data, option, Split.Train, "judged by", cancellationToken);
        var ranges = Int8Ranges.Of(network, Pixels(network.Spec.Data, training, console), cancellationToken);
        if (network.Receipt.Validation is null)
        {
            return (ranges, new(ranges.Images, 0, null, null));
        }

        var validation = RunImages.Of(network, data, option, Split.Validation, "judged by", cancellationToken);
        var (before, images) = Accuracy(network, new(), validation, option, console, cancellationToken);
        var (after, _) = Accuracy(network, new() { Quantized = ranges }, validation, option, console, cancellationToken);
        return (ranges, new(ranges.Images, images, before, after));
    }

    /// <summary>As it stands in a model's metadata.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, RunJson.Compact);

    /// <inheritdoc/>
    public override string ToString() => AccuracyBefore is not { } before || AccuracyAfter is not { } after
        ? string.Create(CultureInfo.InvariantCulture, $"8 bits, ranges found on {CalibrationImages:N0} training images; the run has no validation images to compare it on")
        : string.Create(
            CultureInfo.InvariantCulture,
            $"8 bits, ranges found on {CalibrationImages:N0} training images; accuracy on {ValidationImages:N0} validation images {before:P1} in floats, {after:P1} now");

    /// <summary>Training images in equal distances through all classes.</summary>
    private static IEnumerable<byte[]> Pixels(DataSpec spec, EvaluationImages images, CommandConsole? console)
    {
        var (decoder, all) = (new ImageDecoder(spec), images.Images);
        var count = Math.Min(all.Length, MostCalibrationImages);
        using var progress = console is null ? null : new EvaluationProgress(console, count, TimeProvider.System);
        for (var i = 0; i < count; i++)
        {
            var pixels = new byte[spec.ImageSize * spec.ImageSize * 3];
            decoder.Read(images.ContentOf(all[(int)((long)i * all.Length / count)].Path), pixels);
            yield return pixels;
            progress?.Done();
        }
    }

    private static (double Accuracy, int Images) Accuracy(
        TrainedNetwork network, OnnxForm form, EvaluationImages images, string option, CommandConsole? console, CancellationToken cancellationToken)
    {
        using var classifier = ImageClassifier.Of(OnnxModel.ToArray(network, form), network.Spec.Output);
        var answers = EvaluatedImages.Classify(classifier, images, option, console, cancellationToken).Images;
        return (answers.Count(image => image.IsRight) / (double)answers.Length, answers.Length);
    }
}
