using DistributedFreeze.Cli.Export;
using DistributedFreeze.Evaluation;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Inference.Images;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Export;

namespace DistributedFreeze.Cli.Evaluate.Report;

/// <summary>The class-activation maps of a report's images.</summary>
internal sealed class ReportMaps : IDisposable
{
    private readonly ClassActivations? _activations;
    private readonly ResizeMode _mode;

    private ReportMaps(ClassActivations? activations, ResizeMode mode, string note) => (_activations, _mode, Note) = (activations, mode, note);

    /// <summary>What a reader has to know of them, or why there are none.</summary>
    public string Note { get; }

    /// <param name="given">The folder of a run, or a model.</param>
    /// <param name="weights">The base's weights; null takes the file that the run had.</param>
    /// <param name="option">What names the weights on the command line.</param>
    public static ReportMaps For(string given, string? weights, string option)
    {
        if (!Directory.Exists(given) || !RunClassifier.HasReceipt(given))
        {
            return None("they need the folder of a run, and this is a model alone");
        }

        try
        {
            using var run = TrainedRun.Open(given);
            using var network = RunNetwork.Open(run, weights, option);
            return ClassActivations.Of(network) is { } activations
                ? new(activations, network.Spec.Data.Resize, Told(activations, network.Table))
                : None("the base is an ONNX model, whose features need not be means of maps");
        }
        catch (Errors.InvalidInputException)
        {
            return None("they need the run's model and its base's weights, which are not all here"); // an exported model does without them
        }
    }

    /// <summary>A PNG to be laid over the image's thumbnail; null where there is none.</summary>
    /// <param name="content">Where the image is.</param>
    /// <param name="image">The image, whose answer is mapped.</param>
    public byte[]? Of(ImageContent content, ClassifiedImage image) =>
        _activations is null ? null : ActivationOverlay.Of(_activations, content, image.Answer, _mode);

    public void Dispose() => _activations?.Dispose();

    private static ReportMaps None(string why) => new(null, default, $"No class-activation maps: {why}.");

    private static string Told(ClassActivations activations, LayerTable table) =>
        "Orange places speak for the answer, blue ones against it, the more the stronger: "
        + (activations.AreExact
            ? $"the class's weights times {Maps(table)} (class activation mapping), whose mean and bias are the logit. "
            : $"{Maps(table)}, weighted by the gradient of the logit at the image's features (Grad-CAM), since the head has hidden layers. ")
        + "Point at an image to see it without.";

    private static string Maps(LayerTable table) => table == table.Whole ? "the last maps" : $"the maps of {string.Join(", ", table.HeadInputs.Select(layer => layer.Name))}";
}
