using System.Numerics.Tensors;
using DistributedFreeze.Data;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Heads;

/// <summary>
/// Mixup of the images of a shard's part of a step (Zhang et al., 2018), at the boundary: features of an image are mixed with those of another one, and so are their
/// labels (manifold mixup, Verma et al., 2019, at one layer). Where the whole base trains the boundary is the image itself.
/// </summary>
/// <remarks>
/// One share for all images of the shard, and who goes with whom, keyed by (seed, epoch, first image): the same on any number of replicas. Belongs to one device thread;
/// its buffers are reused.
/// </remarks>
internal sealed class ShardMixup
{
    private readonly RunSpec _spec;
    private readonly int[] _partners;
    private readonly int[] _labels;
    private float[] _features = [];

    private ShardMixup(RunSpec spec, int capacity) => (_spec, _partners, _labels) = (spec, new int[capacity], new int[capacity]);

    /// <summary>Share of an image itself in what it is mixed to, 0 to 1; the other's is the rest.</summary>
    public float Share { get; private set; } = 1;

    /// <param name="spec">The run.</param>
    /// <param name="capacity">Most images of a shard in a step.</param>
    /// <returns>Null where nothing is mixed.</returns>
    public static ShardMixup? For(RunSpec spec, int capacity) => spec.Mixup == 0 ? null : new(spec, capacity);

    /// <summary>Draws the share, and who goes with whom.</summary>
    /// <param name="epoch">The epoch, counted over all phases.</param>
    /// <param name="images">Indices of the images, at least one.</param>
    /// <returns>For each image the place of the one that it is mixed with, perhaps its own; valid until the next call.</returns>
    public ReadOnlySpan<int> Draw(int epoch, ReadOnlySpan<int> images)
    {
        var random = new KeyedRandom(_spec.Seed, "mixup", epoch, images[0]);
        Share = (float)random.NextBeta(_spec.Mixup);
        var partners = _partners.AsSpan(0, images.Length);
        for (var i = 0; i < partners.Length; i++)
        {
            partners[i] = i;
        }

        random.Shuffle(partners);
        return partners;
    }

    /// <summary>The labels of the others.</summary>
    /// <param name="labels">The class of each image.</param>
    /// <returns>The class of the one that it is mixed with; valid until the next call.</returns>
    public ReadOnlySpan<int> Others(ReadOnlySpan<int> labels)
    {
        for (var i = 0; i < labels.Length; i++)
        {
            _labels[i] = labels[_partners[i]];
        }

        return _labels.AsSpan(0, labels.Length);
    }

    /// <summary>Mixes features in their place.</summary>
    /// <param name="features">Of one image after another, as many as were drawn for.</param>
    /// <param name="images">How many images.</param>
    public void Mix(Span<float> features, int images)
    {
        if (_features.Length < features.Length)
        {
            _features = new float[features.Length];
        }

        features.CopyTo(_features);
        var length = features.Length / images;
        for (var i = 0; i < images; i++)
        {
            var image = features.Slice(i * length, length);
            TensorPrimitives.Multiply(image, Share, image);
            TensorPrimitives.MultiplyAdd(_features.AsSpan(_partners[i] * length, length), 1 - Share, image, image);
        }
    }
}
