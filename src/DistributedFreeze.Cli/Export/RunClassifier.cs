using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Errors;
using DistributedFreeze.Inference;
using DistributedFreeze.Training.Export;

namespace DistributedFreeze.Cli.Export;

/// <summary>Opens what a person names as a model: the folder of a finished run, or a file that <c>dfreeze export</c> wrote.</summary>
internal static class RunClassifier
{
    /// <param name="given">The folder or file.</param>
    /// <param name="weights">The base's weights, for a folder; null takes the file that the run had.</param>
    /// <param name="option">What names the weights on the command line.</param>
    /// <param name="maxPixels">Pixels above which an image is refused; null takes the limit of the run.</param>
    /// <exception cref="InvalidInputException">There is no such model, or it cannot be used.</exception>
    public static ImageClassifier Open(string given, string? weights, string option, long? maxPixels)
    {
        if (!Directory.Exists(given))
        {
            return OpenFile(given, weights, option, maxPixels);
        }

        var exported = Path.Combine(given, ExportFormat.Onnx.DefaultName);
        if (weights is null && File.Exists(exported))
        {
            var classifier = ImageClassifier.Open(exported, maxPixels);
            if (!HasReceipt(given) || classifier.ModelSha256 == TrainedRun.ReadReceipt(given).ModelSha256)
            {
                return classifier;
            }

            classifier.Dispose(); // exported from another run that was here before
        }

        using var run = TrainedRun.Open(given);
        using var network = RunNetwork.Open(run, weights, option);
        return ImageClassifier.Of(OnnxModel.ToArray(network), network.Spec.Output, maxPixels);
    }

    /// <summary>Whether a path is the folder of a run that has left a receipt.</summary>
    public static bool HasReceipt(string given) => File.Exists(new OutputFolder(given).Receipt);

    private static ImageClassifier OpenFile(string given, string? weights, string option, long? maxPixels)
    {
        if (!File.Exists(given))
        {
            throw new InvalidInputException(given, "does not exist; the folder of a finished run, or a model that dfreeze export wrote, would be right");
        }

        return weights is null
            ? ImageClassifier.Open(given, maxPixels)
            : throw new InvalidInputException(option, $"cannot stand beside a model that holds its weights; give the run's folder in place of {given}, or leave it out");
    }
}
