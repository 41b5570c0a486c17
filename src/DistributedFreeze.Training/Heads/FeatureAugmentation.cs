using System.Numerics.Tensors;
using DistributedFreeze.Data;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Heads;

/// <summary>Changes the brightness and the contrast of features while training, as <see cref="FeatureAugmentationSpec"/> says, keyed by (seed, epoch, image).</summary>
/// <remarks>
/// Always on the processor and by operations whose bits IEEE 754 fixes, sums in one order: the same on every machine and device. Belongs to one device thread; its buffers are reused.
/// </remarks>
internal sealed class FeatureAugmentation
{
    private readonly FeatureAugmentationSpec _spec;
    private readonly int _seed;
    private readonly float[] _draws;

    private FeatureAugmentation(FeatureAugmentationSpec spec, int seed, int channels) =>
        (_spec, _seed, _draws) = (spec, seed, new float[spec.PerChannel ? channels : 1]);

    /// <param name="spec">The run.</param>
    /// <param name="channels">Channels of an image's features, which stand one after another: the number of pooled features, the first size of a map.</param>
    /// <returns>Null where nothing is changed.</returns>
    public static FeatureAugmentation? For(RunSpec spec, int channels) =>
        spec.FeatureAugmentation is { } given && (given.Brightness > 0 || given.Contrast > 0) ? new(given, spec.Seed, channels) : null;

    /// <summary>Changes features in their place.</summary>
    /// <param name="epoch">The epoch, counted over all phases.</param>
    /// <param name="images">Indices of the training images.</param>
    /// <param name="features">(N, channels, rest): of one image after another.</param>
    public void Apply(int epoch, ReadOnlySpan<int> images, Span<float> features)
    {
        var length = features.Length / images.Length;
        for (var i = 0; i < images.Length; i++)
        {
            Apply(epoch, images[i], features.Slice(i * length, length));
        }
    }

    private void Apply(int epoch, int image, Span<float> features)
    {
        var least = TensorPrimitives.Min(features);
        var range = TensorPrimitives.Max(features) - least;
        if (!float.IsFinite(range) || range == 0)
        {
            return; // nothing to scale by
        }

        TensorPrimitives.Subtract(features, least, features);
        TensorPrimitives.Divide(features, range, features);
        if (_spec.Brightness > 0)
        {
            Brighten(Draw("feature brightness", epoch, image, _spec.Brightness), features);
        }

        if (_spec.Contrast > 0)
        {
            Contrast(Draw("feature contrast", epoch, image, _spec.Contrast), features);
        }

        TensorPrimitives.Multiply(features, range, features);
        TensorPrimitives.Add(features, least, features);
    }

    private static void Brighten(ReadOnlySpan<float> draws, Span<float> features)
    {
        var length = features.Length / draws.Length;
        for (var i = 0; i < draws.Length; i++)
        {
            var channel = features.Slice(i * length, length);
            TensorPrimitives.Add(channel, draws[i], channel);
        }

        Clip(features);
    }

    private static void Contrast(ReadOnlySpan<float> draws, Span<float> features)
    {
        var sum = 0.0;
        foreach (var value in features)
        {
            sum += value; // one by one: vectors would add in an order that depends on the machine
        }

        var mean = (float)(sum / features.Length);
        var length = features.Length / draws.Length;
        TensorPrimitives.Subtract(features, mean, features);
        for (var i = 0; i < draws.Length; i++)
        {
            var channel = features.Slice(i * length, length);
            TensorPrimitives.Multiply(channel, 1 + draws[i], channel);
        }

        TensorPrimitives.Add(features, mean, features);
        Clip(features);
    }

    private static void Clip(Span<float> features)
    {
        TensorPrimitives.Max(features, 0f, features);
        TensorPrimitives.Min(features, 1f, features);
    }

    /// <summary>Numbers from -<paramref name="spread"/> to <paramref name="spread"/>: one for the image, or one for each channel.</summary>
    private ReadOnlySpan<float> Draw(string purpose, int epoch, int image, double spread)
    {
        var random = new KeyedRandom(_seed, purpose, epoch, image);
        foreach (ref var draw in _draws.AsSpan())
        {
            draw = (float)(((2 * random.NextDouble()) - 1) * spread);
        }

        return _draws;
    }
}
