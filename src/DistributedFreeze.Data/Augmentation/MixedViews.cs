using System.Collections.Immutable;
using DistributedFreeze.Inference.Images;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Data.Augmentation;

/// <summary>Mixtures of training images at the pixels: mixup (Zhang et al., 2018) and CutMix (Yun et al., 2019).</summary>
/// <remarks>
/// Drawn from (seed, view, content of the image) and the list of training images: the same on any number of replicas, and a copy of an image is mixed as the image is.
/// Where both are asked for, each view takes one of them with the same chance. Immutable and thread-safe.
/// </remarks>
internal sealed class MixedViews
{
    private readonly AugmentationSpec _spec;
    private readonly int _seed;
    private readonly int _size;
    private readonly ImmutableArray<LabelledImage> _train;

    private MixedViews(AugmentationSpec spec, int seed, int size, ImmutableArray<LabelledImage> train) =>
        (_spec, _seed, _size, _train) = (spec, seed, size, train);

    /// <param name="spec">The run.</param>
    /// <param name="train">The images to train on.</param>
    /// <returns>Null where nothing is mixed.</returns>
    public static MixedViews? For(RunSpec spec, ImmutableArray<LabelledImage> train) =>
        spec.Data.Augmentation is { } augmentation && (augmentation.Mixup > 0 || augmentation.Cutmix > 0) ? new(augmentation, spec.Seed, spec.Data.ImageSize, train) : null;

    /// <summary>The other image of a mixture.</summary>
    public LabelledImage this[Mixture mixture] => _train[mixture.Partner];

    /// <summary>What a view is mixed with.</summary>
    /// <param name="view">The view, from 1.</param>
    /// <param name="image">The image's content.</param>
    public Mixture Of(int view, ImageHash image)
    {
        var random = new KeyedRandom(_seed, "augment mix", view, image.Key);
        var partner = random.NextBelow(_train.Length);
        var cuts = random.NextDouble() < 0.5 ? _spec.Cutmix > 0 : _spec.Mixup == 0;
        var share = random.NextBeta(cuts ? _spec.Cutmix : _spec.Mixup);
        return cuts ? Cut(partner, share, random) : new(partner, (float)share, Box: null);
    }

    /// <summary>A box of the rest's share of the area, its middle anywhere, cut off at the edges: the share follows from what is left.</summary>
    private Mixture Cut(int partner, double share, KeyedRandom random)
    {
        var side = (int)(_size * Math.Sqrt(1 - share));
        var (left, right) = Ends(side, random.NextBelow(_size));
        var (top, bottom) = Ends(side, random.NextBelow(_size));
        var area = (right - left) * (bottom - top);
        return area == 0 ? new(partner, 1, Box: null) : new(partner, 1 - ((float)area / (_size * _size)), new PixelBox(left, top, right - left, bottom - top));
    }

    private (int From, int To) Ends(int side, int middle) => (Math.Max(middle - side / 2, 0), Math.Min(middle + side / 2, _size));
}
