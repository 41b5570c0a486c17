using DistributedFreeze.Data.Runs;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Features.Engines;
using DistributedFreeze.Training.Inputs;
using DistributedFreeze.Training.Models;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Bases;

/// <summary>A network of the ResNet family: its layers are in a table, their weights in a file or drawn from the run's seed.</summary>
/// <param name="spec">Names the weights file, or the seed of random ones.</param>
/// <param name="table">The base's layers.</param>
/// <param name="drawn">Where random weights are shared.</param>
internal sealed class TableBase(RunSpec spec, LayerTable table, DrawnBases drawn) : IRunBase
{
    /// <inheritdoc/>
    public BaseWeights Load(Device device, ParentWeights? parent) => spec.Model.Weights is { } path
        ? BaseWeights.Load(path, table, device, parent)
        : parent is null ? drawn.Take(spec.Seed, table, device)
        : BaseWeights.Random(spec.Seed, table, device, parent);

    /// <inheritdoc/>
    public (PreprocessingChoice Choice, string? Warning) Preprocess(RunDefinition run, RunPixels pixels, RunWeights weights) =>
        PreprocessingDecision.Of(run, pixels, weights.Any);

    /// <inheritdoc/>
    public IPrefixEngine CreateEngine(PrefixEngine kind, PrefixRequest request, ILayerWeights weights) => PrefixEngines.Create(kind, request, weights);
}
