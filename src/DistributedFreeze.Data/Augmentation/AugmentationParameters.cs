using DistributedFreeze.Inference.Images;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Data.Augmentation;

/// <summary>What one view of one image does to it. Immutable and thread-safe.</summary>
/// <remarks>
/// <para>Drawn from (seed, view, content of the image) alone, so that neither replicas, nor shards, nor the other images of the set change
/// it, and a copy of an image has the same views as the image. The numbers are part of every result and never change between versions.</para>
/// <para>Every number is drawn whether it is used or not: switching one change on or off leaves the others as they are.</para>
/// </remarks>
internal sealed record AugmentationParameters
{
    /// <summary>Tries to place a box before the middle is taken, as in torchvision's RandomResizedCrop.</summary>
    private const int Tries = 10;

    private const double NarrowestRatio = 3.0 / 4;
    private const double WidestRatio = 4.0 / 3;
    private const double LogOfWidestRatio = 0.28768207245178092744;

    private readonly (int Seed, int View, ImageHash Image) _key;

    private AugmentationParameters(int seed, int view, ImageHash image) => _key = (seed, view, image);

    /// <summary>Least share of the area that <see cref="Box"/> keeps, above 0 and at most 1.</summary>
    public double CropScale { get; private init; } = 1;

    /// <summary>Whether left and right change places.</summary>
    public bool Flip { get; private init; }

    /// <summary>Factor of brightness, 0 to 2; 1 changes nothing.</summary>
    public float Brightness { get; private init; } = 1;

    /// <summary>Factor of contrast, 0 to 2; 1 changes nothing.</summary>
    public float Contrast { get; private init; } = 1;

    /// <summary>Factor of saturation, 0 to 2; 1 changes nothing.</summary>
    public float Saturation { get; private init; } = 1;

    /// <summary>Chance that a box is erased, 0 to 1.</summary>
    public double Erase { get; private init; }

    /// <summary>Whether the view takes a part of the image.</summary>
    public bool Crops => CropScale < 1;

    /// <summary>Draws what a view does.</summary>
    /// <param name="spec">What may be done, within its ranges.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="view">The view, from 0; view 0 is the image as it is.</param>
    /// <param name="image">The image.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="view"/> is negative.</exception>
    public static AugmentationParameters Draw(AugmentationSpec spec, int seed, int view, ImageHash image)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(view);
        if (view == 0)
        {
            return new(seed, view, image);
        }

        var random = new KeyedRandom(seed, "augment", view, image.Key);
        return new(seed, view, image)
        {
            CropScale = spec.CropScale,
            Erase = spec.Erase,
            Flip = random.NextDouble() < spec.Flip,
            Brightness = Factor(random, spec.Brightness),
            Contrast = Factor(random, spec.Contrast),
            Saturation = Factor(random, spec.Saturation),
        };
    }

    /// <summary>The part of the image that the view shows: torchvision's RandomResizedCrop with proportions of 3:4 to 4:3.</summary>
    /// <param name="width">Pixels across of the upright image, at least 1.</param>
    /// <param name="height">Pixels down, at least 1.</param>
    /// <returns>A box within the image; all of it where the view does not crop.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A side is less than 1.</exception>
    public PixelBox Box(int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (!Crops)
        {
            return new(0, 0, width, height);
        }

        var random = new KeyedRandom(_key.Seed, "augment crop", _key.View, _key.Image.Key);
        for (var i = 0; i < Tries; i++)
        {
            var area = (double)width * height * (CropScale + ((1 - CropScale) * random.NextDouble()));
            var ratio = ExactExponential.Of(LogOfWidestRatio * ((2 * random.NextDouble()) - 1));
            var across = Whole(Math.Sqrt(area * ratio));
            var down = Whole(Math.Sqrt(area / ratio));
            if (across >= 1 && across <= width && down >= 1 && down <= height)
            {
                var top = random.NextBelow(height - down + 1);
                return new(random.NextBelow(width - across + 1), top, across, down);
            }
        }

        return Middle(width, height);
    }

    /// <summary>The part of the view that is erased: torchvision's RandomErasing with its defaults, 2 to 33 % of the area in proportions of 0.3 to 3.3.</summary>
    /// <param name="size">Height and width of the view in pixels, at least 1.</param>
    /// <returns>Null where nothing is erased.</returns>
    public PixelBox? ErasedBox(int size)
    {
        const double Least = 0.02;
        const double Most = 0.33;
        const double LogOfNarrowest = -1.20397280432593599262;
        const double LogOfWidest = 1.19392246847243448139;
        if (Erase == 0)
        {
            return null;
        }

        var random = new KeyedRandom(_key.Seed, "augment erase", _key.View, _key.Image.Key);
        if (random.NextDouble() >= Erase)
        {
            return null;
        }

        for (var i = 0; i < Tries; i++)
        {
            var area = (double)size * size * (Least + ((Most - Least) * random.NextDouble()));
            var ratio = ExactExponential.OfAny(LogOfNarrowest + ((LogOfWidest - LogOfNarrowest) * random.NextDouble()));
            var (down, across) = (Whole(Math.Sqrt(area * ratio)), Whole(Math.Sqrt(area / ratio)));
            if (down >= 1 && across >= 1 && down < size && across < size)
            {
                var top = random.NextBelow(size - down + 1);
                return new(random.NextBelow(size - across + 1), top, across, down);
            }
        }

        return null;
    }

    private static float Factor(KeyedRandom random, double spread) => (float)(1 + (spread * ((2 * random.NextDouble()) - 1)));

    private static PixelBox Middle(int width, int height)
    {
        var ratio = (double)width / height;
        var across = ratio > WidestRatio ? Whole(height * WidestRatio) : width;
        var down = ratio < NarrowestRatio ? Whole(width / NarrowestRatio) : height;
        return new((width - across) / 2, (height - down) / 2, across, down);
    }

    private static int Whole(double pixels) => (int)Math.Round(pixels, MidpointRounding.ToEven);
}
