using System.Collections.Immutable;

namespace DistributedFreeze.Freezing.Layers;

/// <summary>One fully connected layer of the head, with a bias.</summary>
/// <param name="Index">Place in the head, from 0.</param>
/// <param name="InFeatures">Numbers it reads per image.</param>
/// <param name="OutFeatures">Numbers it writes per image.</param>
public sealed record DenseLayer(int Index, int InFeatures, int OutFeatures)
{
    /// <summary><c>head.0</c> and so on.</summary>
    public string Name => $"head.{Index}";

    /// <summary><c>head.0.weight</c> of shape (out, in), then <c>head.0.bias</c> of shape (out).</summary>
    public ImmutableArray<TensorSpec> Tensors =>
    [
        new($"{Name}.weight", [OutFeatures, InFeatures], IsStatistic: false),
        new($"{Name}.bias", [OutFeatures], IsStatistic: false),
    ];

    /// <summary>Stored numbers, all of them trainable.</summary>
    public long Parameters => MultiplyAdds + OutFeatures;

    /// <summary>Multiply-adds of a forward pass for one image, without the bias; a multiply-add is two FLOPs.</summary>
    public long MultiplyAdds => (long)InFeatures * OutFeatures;
}
