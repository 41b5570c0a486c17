using System.Globalization;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Data;
using DistributedFreeze.Errors;
using DistributedFreeze.Evaluation;
using DistributedFreeze.Inference;
using DistributedFreeze.Training.Export;

namespace DistributedFreeze.Cli.Export;

/// <summary>A temperature, and what it changed on the images that it was fitted to.</summary>
/// <param name="Temperature">What logits are divided by.</param>
/// <param name="ValidationImages">How many images it was fitted to.</param>
/// <param name="ErrorBefore">Expected calibration error on these without it, 0 to 1.</param>
/// <param name="ErrorAfter">With it.</param>
/// <param name="LossBefore">Mean cross-entropy on these without it.</param>
/// <param name="LossAfter">With it.</param>
internal sealed record FittedTemperature(double Temperature, int ValidationImages, double ErrorBefore, double ErrorAfter, double LossBefore, double LossAfter)
{
    /// <summary>Fits one to a run's validation images.</summary>
    /// <param name="network">The run's network.</param>
    /// <param name="form">What it will be exported as; pixels in and probabilities out count here.</param>
    /// <param name="data">Where its images are now; null for where they were.</param>
    /// <param name="option">What names the images on the command line.</param>
    /// <param name="console">Shows how far it is; null shows nothing.</param>
    /// <param name="cancellationToken">Stops between two images.</param>
    /// <exception cref="InvalidInputException">There are no validation images, or they are not the run's any more, or no temperature fits.</exception>
    public static FittedTemperature To(TrainedNetwork network, OnnxForm form, string? data, string option, CommandConsole? console, CancellationToken cancellationToken)
    {
        var images = RunImages.Of(network, data, option, Split.Validation, "fitted to", cancellationToken);
        using var classifier = ImageClassifier.Of(OnnxModel.ToArray(network, new() { Quantized = form.Quantized }), network.Spec.Output);
        var answers = EvaluatedImages.Classify(classifier, images, option, console, cancellationToken).Images;
        var temperature = TemperatureScaling.Fit(answers) ?? throw new InvalidInputException(
            "--calibrate", $"finds no temperature: of {answers.Length:N0} validation images {answers.Count(image => image.IsRight):N0} are right, which says nothing of how sure the model may be; use more of them, or leave it out");
        ClassifiedImage[] scaled = [.. answers.Select(image => TemperatureScaling.Scale(image, temperature))];
        var (before, after) = (ClassifierEvaluation.Of(classifier.Classes, answers, seed: 0), ClassifierEvaluation.Of(classifier.Classes, [.. scaled], seed: 0));
        return new(temperature, answers.Length, before.Calibration.ExpectedError, after.Calibration.ExpectedError, before.Loss, after.Loss);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"calibrated at temperature {Temperature:F3}, fitted to {ValidationImages:N0} validation images: calibration error {ErrorBefore:F4} before, {ErrorAfter:F4} now; loss {LossBefore:F4} before, {LossAfter:F4} now");
}
