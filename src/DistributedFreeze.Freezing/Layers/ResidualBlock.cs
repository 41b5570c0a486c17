namespace DistributedFreeze.Freezing.Layers;

/// <summary>What a residual block adds to its input.</summary>
public enum ResidualBlock
{
    /// <summary>The result of two 3x3 convolutions.</summary>
    Basic = 0,

    /// <summary>The result of a 1x1, a 3x3 and a 1x1 convolution, the last with four times the channels of its stage.</summary>
    Bottleneck = 1,
}
