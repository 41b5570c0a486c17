using DistributedFreeze.Data;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Heads;

/// <summary>Dropout keyed by (seed, epoch, image, layer): the same wherever the image is computed.</summary>
/// <remarks>Belongs to one device thread; its buffers are reused.</remarks>
internal sealed class DropoutMasks
{
    private readonly RunSpec _spec;
    private readonly float[][] _factors;

    private DropoutMasks(RunSpec spec, int capacity)
    {
        _spec = spec;
        _factors = [.. spec.Model.Head.Hidden.Select(width => new float[capacity * width])];
    }

    /// <param name="spec">The run.</param>
    /// <param name="capacity">Most images of a shard in a step.</param>
    /// <returns>Null where nothing is dropped.</returns>
    public static DropoutMasks? For(RunSpec spec, int capacity) =>
        spec.Model.Head.Dropout == 0 || spec.Model.Head.Hidden.IsEmpty ? null : new(spec, capacity);

    /// <summary>Draws what the activations of images are multiplied by: 0, or 1 / (1 - rate).</summary>
    /// <param name="epoch">The epoch, counted over all phases.</param>
    /// <param name="images">Indices of the images.</param>
    /// <returns>For each hidden layer (N, width), valid until the next call.</returns>
    public float[][] Draw(int epoch, ReadOnlySpan<int> images)
    {
        var rate = _spec.Model.Head.Dropout;
        var kept = (float)(1 / (1 - rate));
        for (var layer = 0; layer < _factors.Length; layer++)
        {
            var width = _spec.Model.Head.Hidden[layer];
            for (var i = 0; i < images.Length; i++)
            {
                var random = new KeyedRandom(_spec.Seed, $"dropout {layer}", epoch, images[i]);
                foreach (ref var factor in _factors[layer].AsSpan(i * width, width))
                {
                    factor = random.NextDouble() < rate ? 0 : kept;
                }
            }
        }

        return _factors;
    }
}
