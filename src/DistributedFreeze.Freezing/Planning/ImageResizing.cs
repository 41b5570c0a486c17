using System.Globalization;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Planning;

/// <summary>How images become square, in numbers and words. Pure and thread-safe.</summary>
public static class ImageResizing
{
    /// <summary>
    /// What weights that were trained on ImageNet are evaluated with: torchvision's (<c>ResNet50_Weights.IMAGENET1K_V1.transforms</c>) and
    /// the ResNet paper's, which are Keras's.
    /// </summary>
    public const ResizeMode Expected = ResizeMode.Imagenet;

    /// <summary>What <see cref="ResizeMode.Imagenet"/> scales the shorter side to: 8/7 of the size, so 256 for 224 and 342 for 299.</summary>
    /// <param name="size">Height and width of the result in pixels.</param>
    /// <returns>Pixels, rounded to the nearest.</returns>
    public static int ShorterSide(int size) => ((size * 8) + 3) / 7;

    /// <summary>Says what a mode does, as a phrase.</summary>
    /// <param name="mode">The mode.</param>
    /// <param name="size">Height and width of the result in pixels.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="mode"/> is no defined value.</exception>
    public static string Describe(ResizeMode mode, int size) => mode switch
    {
        ResizeMode.Stretch => "the whole image, stretched",
        ResizeMode.Crop => "the middle square",
        ResizeMode.Imagenet => string.Create(CultureInfo.InvariantCulture, $"shorter side to {ShorterSide(size)}, then the middle"),
        _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, "There is no such way to become square."),
    };
}
