using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Data;
using DistributedFreeze.Errors;
using DistributedFreeze.Training.Export;

namespace DistributedFreeze.Cli.Export;

/// <summary>The very images of a run, as an export needs them.</summary>
internal static class RunImages
{
    private const string PathField = "data.path";

    /// <param name="network">The run's network.</param>
    /// <param name="data">Where its images are now; null for where they were.</param>
    /// <param name="option">What names the images on the command line.</param>
    /// <param name="split">Which of them.</param>
    /// <param name="purpose">What the model is done with them, such as "fitted to".</param>
    /// <param name="cancellationToken">Stops between two files.</param>
    /// <exception cref="InvalidInputException">They are gone, or others than the run had.</exception>
    public static EvaluationImages Of(TrainedNetwork network, string? data, string option, Split split, string purpose, CancellationToken cancellationToken)
    {
        var images = Renamed.Field(PathField, option, () => EvaluationImages.OfRun(network.Receipt, data, split, cancellationToken));
        return images.AreTheRuns == true
            ? images
            : throw new InvalidInputException(option, $"the images in {images.Root} have changed since the run: the model may have been trained on some of those that it would be {purpose}");
    }
}
