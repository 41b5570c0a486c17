using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Freezing.Layers;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Models;

/// <summary>Hashes of tensors, from the memory in use.</summary>
internal static class StateHash
{
    public static string OfLayer(Layer layer, Func<string, Tensor> tensors) => Of(layer.Tensors, tensors);

    public static string Of(IEnumerable<TensorSpec> specs, Func<string, Tensor> tensors) =>
        Of(specs.Select(spec => KeyValuePair.Create(spec.Name, tensors(spec.Name))));

    public static string Of(IEnumerable<KeyValuePair<string, Tensor>> tensors)
    {
        using var hash = new TensorHash();
        foreach (var (name, tensor) in tensors.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            HostMemory.Read(tensor, values => hash.Add(name, tensor.shape, values));
        }

        return hash.Finish();
    }
}
