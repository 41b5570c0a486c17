namespace DistributedFreeze.Freezing.Layers;

/// <summary>Shape of a layer's output for one image.</summary>
/// <param name="Height">Height in pixels.</param>
/// <param name="Width">Width in pixels.</param>
/// <param name="Channels">Number of channels.</param>
public readonly record struct FeatureShape(int Height, int Width, int Channels)
{
    /// <summary>Numbers per image.</summary>
    public long Elements => (long)Height * Width * Channels;

    /// <returns>Height, width and channels, as in <c>7x7x2048</c>.</returns>
    public override string ToString() => $"{Height}x{Width}x{Channels}";
}
