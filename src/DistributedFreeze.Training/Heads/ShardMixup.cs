using System.Numerics.Tensors;
using DistributedFreeze.Data;
using DistributedFreeze.Data.Runs;

namespace DistributedFreeze.Training.Heads;

/// <summary>
/// Mixup of the images of a shard's part of a step (Zhang et al., 2018), at the boundary: features of an image are mixed with those of another one, and so are their
/// labels (manifold mixup, Verma et al., 2019, at one layer). Where the whole base trains the boundary is the image itself.
/// </summary>
/// <remarks>
/// One share for all images of the shard, and who goes with whom, keyed by (seed, epoch, first image): the same on any number of replicas. Belongs to one device thread;
/// its buffers are reused.
/// </remarks>
internal sealed class ShardMixup : IMixup
{
    private readonly RunDefinition _run;
    private readonly int[] _partners;
    private readonly int[] _labels;
    private readonly float[] _shares;
    private int _images;
    private float[] _features = [];

    private ShardMixup(RunDefinition run, int capacity) => (_run, _partners, _labels, _shares) = (run, new int[capacity], new int[capacity], new float[capacity]);

    /// <inheritdoc/>
    public ReadOnlySpan<int> Partners => _partners.AsSpan(0, _images);

    /// <inheritdoc/>
    public ReadOnlySpan<int> Labels => _labels.AsSpan(0, _images);

    /// <inheritdoc/>
    public ReadOnlySpan<float> Shares => _shares.AsSpan(0, _images);

    /// <summary>What a run's images are mixed with.</summary>
    /// <param name="run">The run.</param>
    /// <param name="capacity">Most images of a shard in a step.</param>
    /// <returns>Null where nothing is mixed.</returns>
    public static IMixup? For(RunDefinition run, int capacity) => run.Spec.Mixup > 0 ? new ShardMixup(run, capacity) : ImageMixup.For(run, capacity);

    /// <inheritdoc/>
    public void Draw(int epoch, ReadOnlySpan<int> images)
    {
        _images = images.Length;
        var random = new KeyedRandom(_run.Spec.Seed, "mixup", epoch, images[0]);
        _shares.AsSpan(0, _images).Fill((float)random.NextBeta(_run.Spec.Mixup));
        for (var i = 0; i < _images; i++)
        {
            _partners[i] = i;
        }

        random.Shuffle(_partners.AsSpan(0, _images));
        for (var i = 0; i < _images; i++)
        {
            _labels[i] = _run.Data.Train[images[_partners[i]]].Class;
        }
    }

    /// <summary>Mixes features in their place.</summary>
    /// <param name="features">Of one image after another, as many as were drawn for.</param>
    public void Mix(Span<float> features)
    {
        if (_features.Length < features.Length)
        {
            _features = new float[features.Length];
        }

        features.CopyTo(_features);
        var length = features.Length / _images;
        for (var i = 0; i < _images; i++)
        {
            var image = features.Slice(i * length, length);
            TensorPrimitives.Multiply(image, _shares[i], image);
            TensorPrimitives.MultiplyAdd(_features.AsSpan(_partners[i] * length, length), 1 - _shares[i], image, image);
        }
    }
}
