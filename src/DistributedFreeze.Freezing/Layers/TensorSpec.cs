using System.Collections.Immutable;

namespace DistributedFreeze.Freezing.Layers;

/// <summary>One stored tensor of a layer.</summary>
/// <param name="Name">Layer name, a dot, and <c>weight</c>, <c>bias</c>, <c>running_mean</c> or <c>running_var</c>: <c>conv1_conv.weight</c>.</param>
/// <param name="Shape">Sizes, outermost first; a convolution's weight is (out, in / groups, height, width).</param>
/// <param name="IsStatistic">True for a batch norm's moving mean and variance, which training updates without a gradient.</param>
public sealed record TensorSpec(string Name, ImmutableArray<long> Shape, bool IsStatistic)
{
    /// <summary>Whether it is the scale of a residual branch's last batch norm, whose output is added to the block's input.</summary>
    public bool EndsBranch { get; init; }

    /// <summary>Number of elements.</summary>
    public long Elements => Shape.Aggregate(1L, (product, size) => product * size);
}
