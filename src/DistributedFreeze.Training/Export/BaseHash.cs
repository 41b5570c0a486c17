using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Data.Bases;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Models;
using DistributedFreeze.Training.Weights;

namespace DistributedFreeze.Training.Export;

/// <summary>The hash of a base, as a receipt has it. It needs no libtorch.</summary>
public static class BaseHash
{
    /// <summary>Hashes the base that a run would begin with.</summary>
    /// <param name="spec">The run.</param>
    /// <returns>64 lower-case hexadecimal digits, to be compared with <see cref="Receipt.BaseSha256"/>.</returns>
    /// <exception cref="InvalidInputException">The file of weights cannot be read, or does not fit the run's graph.</exception>
    public static string Of(RunSpec spec)
    {
        if (spec.Model.Base is not null)
        {
            BaseGraph.OpenOf(spec.Model);
            return BaseIdentity.Of(spec.Model);
        }

        var table = LayerTable.For(spec.Model);
        if (spec.Model.Weights is not { } path)
        {
            return Of(table, (tensor, values) => RandomWeights.Draw(spec.Seed, tensor, values));
        }

        using var file = WeightsFile.Open(path);
        WeightsCheck.Compare(table, file);
        return Of(table, (tensor, values) => file.Read(tensor.Name, values));
    }

    internal static string Of(LayerTable table, ReadTensor read)
    {
        using var hash = new TensorHash();
        foreach (var tensor in table.Layers.SelectMany(layer => layer.Tensors).OrderBy(tensor => tensor.Name, StringComparer.Ordinal))
        {
            var values = new float[tensor.Elements];
            read(tensor, values);
            hash.Add(tensor.Name, tensor.Shape.AsSpan(), values);
        }

        return hash.Finish();
    }

    internal delegate void ReadTensor(TensorSpec tensor, Span<float> values);
}
