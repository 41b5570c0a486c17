using DistributedFreeze.Data.Bases;
using DistributedFreeze.Data.Runs;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Features.Engines;
using DistributedFreeze.Training.Models;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Bases;

/// <summary>An ONNX model of any kind up to its boundary. It has no tensors here: ONNX Runtime holds them, and none trains.</summary>
/// <param name="spec">The run, resolved.</param>
internal sealed class GraphBase(RunSpec spec) : IRunBase
{
    private readonly WeakReference<BaseGraph> _opened = new(null!);

    /// <inheritdoc/>
    public BaseWeights Load(Device device, ParentWeights? parent)
    {
        Open(); // another file than the run's ends here
        var weights = BaseWeights.OfGraph(LayerTable.For(spec.Model), BaseIdentity.Of(spec.Model), HashAgain);
        try
        {
            parent?.Require(weights.Sha256, spec.Model.Base, name => weights[name]);
            return weights;
        }
        catch (InvalidInputException)
        {
            weights.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public (PreprocessingChoice Choice, string? Warning) Preprocess(RunDefinition run, RunPixels pixels, RunWeights weights) =>
        (Open().PreprocessingFor(run.Spec.Data.Preprocessing), null);

    /// <inheritdoc/>
    public IPrefixEngine CreateEngine(PrefixEngine kind, PrefixRequest request, ILayerWeights weights) => new GraphPrefixEngine(request, Open(), spec.Model);

    /// <summary>The model as it was opened first, as long as somebody holds it: the next is made of the same bytes.</summary>
    private BaseGraph Open()
    {
        lock (_opened)
        {
            if (!_opened.TryGetTarget(out var graph))
            {
                graph = BaseGraph.OpenOf(spec.Model);
                _opened.SetTarget(graph);
            }

            return graph;
        }
    }

    /// <summary>The base's hash as its file is now. A file that is gone changes nothing of what was computed with it; one that is damaged is not the run's.</summary>
    /// <exception cref="InvalidInputException">It is there, and cannot be read any more.</exception>
    private string HashAgain()
    {
        try
        {
            return BaseIdentity.Of(spec.Model with { BaseSha256 = OnnxFile.Open(spec.Model.Base!, "model.base").Sha256 });
        }
        catch (InvalidInputException) when (!File.Exists(spec.Model.Base))
        {
            return BaseIdentity.Of(spec.Model);
        }
    }
}
