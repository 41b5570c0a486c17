using System.Collections.Immutable;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Data;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Replicas;

/// <summary>Dropout keyed by (seed, epoch, image, layer): the same wherever the image is computed.</summary>
internal static class DropoutMasks
{
    /// <returns>Makes the factors of a hidden layer, (N, width): 0, or 1 / (1 - rate); null where nothing is dropped.</returns>
    public static Func<int, Tensor>? For(RunSpec spec, int epoch, ImmutableArray<LabelledImage> images, Device device)
    {
        var head = spec.Model.Head;
        return head.Dropout == 0 || head.Hidden.IsEmpty ? null : Mask;

        Tensor Mask(int layer)
        {
            var width = head.Hidden[layer];
            var factors = new float[images.Length * width];
            var kept = (float)(1 / (1 - head.Dropout));
            for (var i = 0; i < images.Length; i++)
            {
                var random = new KeyedRandom(spec.Seed, $"dropout {layer}", epoch, images[i].Index);
                foreach (ref var factor in factors.AsSpan(i * width, width))
                {
                    factor = random.NextDouble() < head.Dropout ? 0 : kept;
                }
            }

            return tensor(factors, [images.Length, width], device: device);
        }
    }
}
