using System.Diagnostics.CodeAnalysis;
using DistributedFreeze.Freezing.Layers;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Models;

/// <summary>Weights from a formula that any language can repeat, so that another program can compute the same network.</summary>
/// <remarks>
/// Element e of a tensor is v = (x >> 8) 2^-23 - 1 in single precision, where x is e times 2654435761 plus the FNV-1a hash of the tensor's
/// name, mixed by xor-shifts of 15, 13 and 16 bits and multiplications by 2246822519 and 3266489917, all in 32 bits. A convolution's
/// weight is v sqrt(6 / fan-in), a batch norm's weight 0.75 + 0.25 v (0.25 + 0.125 v for a block's last one), a running variance
/// 1 + 0.5 v, and everything else 0.125 v.
/// </remarks>
internal sealed class FormulaWeights : ILayerWeights, IDisposable
{
    private readonly Dictionary<string, Tensor> _tensors;

    public FormulaWeights(LayerTable table) => _tensors = table.Layers.SelectMany(layer => layer.Tensors).ToDictionary(
        spec => spec.Name,
        spec => tensor(Values(spec), spec.Shape.AsSpan()).DetachFromDisposeScope(),
        StringComparer.Ordinal);

    public Tensor this[string name] => _tensors[name];

    /// <summary>(images, 3, size, size) of 2 v.</summary>
    public static Tensor Input(int images, int size) =>
        tensor(Noise("input", images * 3 * size * size).Select(v => 2 * v).ToArray(), [images, 3, size, size]);

    public bool TryGetBatchStatistics(string layer, [NotNullWhen(true)] out Tensor? mean, [NotNullWhen(true)] out Tensor? variance)
    {
        (mean, variance) = (null, null);
        return false;
    }

    public void Dispose()
    {
        foreach (var tensor in _tensors.Values)
        {
            tensor.Dispose();
        }
    }

    private static float[] Values(TensorSpec spec)
    {
        var values = Noise(spec.Name, (int)spec.Elements);
        var (offset, scale) = spec.Name switch
        {
            _ when spec.Shape is [_, var channels, var height, var width] => (0f, (float)Math.Sqrt(6.0 / (channels * height * width))),
            _ when spec.EndsBranch => (0.25f, 0.125f),
            var name when name.EndsWith("_bn.weight", StringComparison.Ordinal) => (0.75f, 0.25f),
            var name when name.EndsWith(".running_var", StringComparison.Ordinal) => (1f, 0.5f),
            _ => (0f, 0.125f),
        };
        foreach (ref var value in values.AsSpan())
        {
            value = offset + scale * value;
        }

        return values;
    }

    private static float[] Noise(string name, int length)
    {
        var key = name.Aggregate(2166136261u, (hash, letter) => (hash ^ letter) * 16777619);
        var values = new float[length];
        for (var e = 0; e < length; e++)
        {
            var x = (uint)e * 2654435761u + key;
            x = (x ^ (x >> 15)) * 2246822519u;
            x = (x ^ (x >> 13)) * 3266489917u;
            x ^= x >> 16;
            values[e] = (x >> 8) * (1f / (1 << 23)) - 1;
        }

        return values;
    }
}
