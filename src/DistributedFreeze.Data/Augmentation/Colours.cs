namespace DistributedFreeze.Data.Augmentation;

/// <summary>Changes the colours of 8-bit RGB pixels in place, with the meaning and the very bits of Pillow's ImageEnhance.</summary>
/// <remarks>
/// Each change blends the image with a duller one (src/libImaging/Blend.c): a factor of 1 changes nothing, 0 gives the duller one, more
/// than 1 leads away from it. One multiplication and one addition in single precision, which .NET never fuses, then cut off
/// towards zero: the same bits on every machine.
/// </remarks>
internal static class Colours
{
    /// <summary>The duller image is black.</summary>
    public static void Brightness(Span<byte> rgb, float factor) => BlendWith(grey: 0, rgb, factor);

    /// <summary>The duller image is grey all over: the mean of the image's own grey.</summary>
    public static void Contrast(Span<byte> rgb, float factor)
    {
        if (factor != 1 && !rgb.IsEmpty)
        {
            BlendWith(MeanGrey(rgb), rgb, factor);
        }
    }

    /// <summary>The duller image is the image in grey.</summary>
    public static void Saturation(Span<byte> rgb, float factor)
    {
        if (factor == 1)
        {
            return;
        }

        for (var i = 0; i + 2 < rgb.Length; i += 3)
        {
            var grey = Grey(rgb[i], rgb[i + 1], rgb[i + 2]);
            rgb[i] = Blend(grey, rgb[i], factor);
            rgb[i + 1] = Blend(grey, rgb[i + 1], factor);
            rgb[i + 2] = Blend(grey, rgb[i + 2], factor);
        }
    }

    private static int MeanGrey(ReadOnlySpan<byte> rgb)
    {
        long sum = 0;
        for (var i = 0; i + 2 < rgb.Length; i += 3)
        {
            sum += Grey(rgb[i], rgb[i + 1], rgb[i + 2]);
        }

        return (int)(((double)sum / (rgb.Length / 3)) + 0.5);
    }

    private static void BlendWith(int grey, Span<byte> rgb, float factor)
    {
        if (factor == 1)
        {
            return;
        }

        Span<byte> blended = stackalloc byte[256];
        for (var value = 0; value < blended.Length; value++)
        {
            blended[value] = Blend(grey, value, factor);
        }

        foreach (ref var value in rgb)
        {
            value = blended[value];
        }
    }

    /// <summary>ITU-R 601-2 luma, as in Pillow's <c>convert("L")</c>.</summary>
    private static int Grey(int red, int green, int blue) => ((red * 19595) + (green * 38470) + (blue * 7471) + 0x8000) >> 16;

    private static byte Blend(int dull, int value, float factor)
    {
        var blended = dull + (factor * (value - dull));
        return blended <= 0 ? (byte)0 : blended >= 255 ? (byte)255 : (byte)blended;
    }
}
