namespace DistributedFreeze.Freezing.Layers;

/// <summary>Sizes of a square pooling without padding of its own.</summary>
/// <param name="Kernel">Height and width of the window, in pixels.</param>
/// <param name="Stride">Step between two windows, in pixels.</param>
public sealed record PoolingShape(int Kernel, int Stride);
