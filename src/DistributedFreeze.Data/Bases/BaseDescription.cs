using System.Collections.Immutable;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Data.Bases;

/// <summary>What an ONNX model would be as a base. Immutable.</summary>
/// <param name="Path">The file.</param>
/// <param name="Sha256">What <c>model.base_sha256</c> says of it.</param>
/// <param name="ExternalFiles">Files beside it that hold constants of it.</param>
/// <param name="Producer">Who made it; empty where nobody says.</param>
/// <param name="OperatorSet">Version of ONNX's operators (opset).</param>
/// <param name="Nodes">Number of nodes.</param>
/// <param name="Inputs">What it takes, in words.</param>
/// <param name="Outputs">What it gives, in words.</param>
/// <param name="ImageSize">Height and width of images in pixels that were looked at.</param>
/// <param name="IsImageSizeOpen">Whether it takes others as well.</param>
/// <param name="Batch">Images at a time; null for any number.</param>
/// <param name="ChannelsLast">Whether it takes channels last (NHWC).</param>
/// <param name="Preprocessing">How pixels would be prepared, and why; null where a run has to say.</param>
/// <param name="PreprocessingProblem">Why a run has to say; null where it has not.</param>
/// <param name="Boundary">Where it would end.</param>
/// <param name="Classifier">The dense layer that is left out then; null where there is none.</param>
/// <param name="Candidates">Where it could end, from the image on: those nearest to the output.</param>
/// <param name="AllCandidates">How many there are in all.</param>
public sealed record BaseDescription(
    string Path,
    string Sha256,
    ImmutableArray<string> ExternalFiles,
    string Producer,
    long OperatorSet,
    int Nodes,
    ImmutableArray<string> Inputs,
    ImmutableArray<string> Outputs,
    int ImageSize,
    bool IsImageSizeOpen,
    int? Batch,
    bool ChannelsLast,
    PreprocessingChoice? Preprocessing,
    string? PreprocessingProblem,
    string Boundary,
    string? Classifier,
    ImmutableArray<BaseCandidate> Candidates,
    int AllCandidates)
{
    /// <summary>Looks at a model.</summary>
    /// <param name="path">The .onnx file.</param>
    /// <param name="imageSize">Height and width of images in pixels, where the model leaves them open.</param>
    /// <param name="most">How many candidates at most.</param>
    /// <param name="field">What errors name as the field at fault.</param>
    /// <exception cref="Errors.InvalidInputException">It cannot be a base.</exception>
    /// <exception cref="Inference.Runtime.InferenceException">ONNX Runtime does not load on this host.</exception>
    public static BaseDescription Of(string path, int imageSize, int most, string field)
    {
        var graph = BaseGraph.Open(path, field);
        var size = graph.Image.Size ?? imageSize;
        var (candidates, all) = graph.Candidates(size, most);
        var (preprocessing, problem) = Preprocess(graph);
        var classifier = graph.Default.Classifier;
        return new(
            path, graph.File.Sha256, graph.File.ExternalFiles, graph.File.Producer, graph.File.OperatorSet, graph.File.Nodes.Length,
            [.. graph.File.Inputs.Select(input => $"{input.Name}: {input.Describe()}")], [.. graph.File.Outputs.Select(output => $"{output.Name}: {output.Describe()}")],
            size, graph.Image.Size is null, graph.Image.Batch, graph.Image.ChannelsLast, preprocessing, problem,
            graph.Default.Tensor, classifier is null ? null : classifier.Name.Length > 0 ? $"{classifier.Name} ({classifier.Operator})" : classifier.Operator, candidates, all);
    }

    private static (PreprocessingChoice? Choice, string? Problem) Preprocess(BaseGraph graph)
    {
        try
        {
            return (graph.Preprocessing, null);
        }
        catch (Errors.InvalidInputException unknown)
        {
            return (null, unknown.Problems[0].Message);
        }
    }
}
