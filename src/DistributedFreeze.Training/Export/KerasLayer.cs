using System.Collections.Immutable;
using DistributedFreeze.Freezing.Layers;
using PureHDF;

namespace DistributedFreeze.Training.Export;

/// <summary>A layer as Keras names it and what it stores.</summary>
/// <param name="Name">Such as <c>conv1_bn</c>.</param>
/// <param name="Tensors">In the order in which Keras sets them: what trains, then statistics.</param>
internal sealed record KerasLayer(string Name, ImmutableArray<TensorSpec> Tensors)
{
    /// <summary>What a layer's attribute of that name holds; Keras writes no words as no numbers.</summary>
    public object WeightNames => Tensors.IsEmpty ? new H5Attribute(Array.Empty<double>(), [0]) : Tensors.Select(NameOf).ToArray();

    /// <summary>Such as <c>conv1_bn/gamma:0</c>.</summary>
    public string NameOf(TensorSpec tensor) => $"{Name}/{LeafOf(tensor)}";

    /// <summary>Such as <c>gamma:0</c>.</summary>
    public static string LeafOf(TensorSpec tensor)
    {
        var norm = tensor.Name.Contains("_bn.", StringComparison.Ordinal);
        return tensor.Name[(tensor.Name.LastIndexOf('.') + 1)..] switch
        {
            "weight" => norm ? "gamma:0" : "kernel:0",
            "bias" => norm ? "beta:0" : "bias:0",
            "running_mean" => "moving_mean:0",
            "running_var" => "moving_variance:0",
            var other => throw new ArgumentException($"Keras has no {other}.", nameof(tensor)),
        };
    }
}
