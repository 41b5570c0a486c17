using DistributedFreeze.Runs;

namespace DistributedFreeze.Data;

/// <summary>Turns pixels into the numbers that a network's weights expect. Pure and thread-safe.</summary>
/// <remarks>
/// A byte has 256 values, so that each channel is a table, made once with the same single-precision steps as the original:
/// keras.applications.imagenet_utils.preprocess_input for caffe and tf, torchvision's ToTensor and Normalize for torch.
/// </remarks>
public static class Normalizer
{
    private static readonly Tables Caffe = new(
        Planes: [2, 1, 0],
        Values: [Table(v => v - 103.939f), Table(v => v - 116.779f), Table(v => v - 123.68f)]);

    private static readonly Tables Torch = new(
        Planes: [0, 1, 2],
        Values:
        [
            Table(v => ((v / 255f) - 0.485f) / 0.229f),
            Table(v => ((v / 255f) - 0.456f) / 0.224f),
            Table(v => ((v / 255f) - 0.406f) / 0.225f),
        ]);

    private static readonly Tables Tf = new(
        Planes: [0, 1, 2],
        Values: [Table(v => (v / 127.5f) - 1f), Table(v => (v / 127.5f) - 1f), Table(v => (v / 127.5f) - 1f)]);

    private static readonly Tables Unit = new(Planes: [0, 1, 2], Values: [Table(v => v / 255f), Table(v => v / 255f), Table(v => v / 255f)]);

    private static readonly Tables Raw = new(Planes: [0, 1, 2], Values: [Table(v => v), Table(v => v), Table(v => v)]);

    private static readonly Tables Clip = new(
        Planes: [0, 1, 2],
        Values:
        [
            Table(v => ((v / 255f) - 0.48145466f) / 0.26862954f),
            Table(v => ((v / 255f) - 0.4578275f) / 0.26130258f),
            Table(v => ((v / 255f) - 0.40821073f) / 0.27577711f),
        ]);

    /// <summary>Normalizes one image and parts its channels.</summary>
    /// <param name="rgb">[size, size, 3] bytes: red, green, blue.</param>
    /// <param name="size">Height and width in pixels, at least 1.</param>
    /// <param name="preprocessing">Caffe gives planes blue, green, red; the others red, green, blue.</param>
    /// <param name="chw">Receives [3, size, size].</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is less than 1, or the preprocessing is unknown.</exception>
    /// <exception cref="ArgumentException">A span is not as long as its shape says.</exception>
    public static void ToTensorLayout(ReadOnlySpan<byte> rgb, int size, Preprocessing preprocessing, Span<float> chw)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        var area = checked(size * size);
        if (rgb.Length != area * 3)
        {
            throw new ArgumentException($"A {size} x {size} image has {area * 3} bytes, not {rgb.Length}.", nameof(rgb));
        }

        if (chw.Length != area * 3)
        {
            throw new ArgumentException($"A {size} x {size} image has {area * 3} numbers, not {chw.Length}.", nameof(chw));
        }

        var tables = preprocessing switch
        {
            Preprocessing.Caffe => Caffe,
            Preprocessing.Torch => Torch,
            Preprocessing.Tf => Tf,
            Preprocessing.Unit => Unit,
            Preprocessing.Raw => Raw,
            Preprocessing.Clip => Clip,
            _ => throw new ArgumentOutOfRangeException(nameof(preprocessing), preprocessing, "Unknown preprocessing."),
        };
        for (var plane = 0; plane < 3; plane++)
        {
            var table = tables.Values[plane];
            var channel = tables.Planes[plane];
            var target = chw.Slice(plane * area, area);
            for (var i = 0; i < target.Length; i++)
            {
                target[i] = table[rgb[(i * 3) + channel]];
            }
        }
    }

    private static float[] Table(Func<float, float> value) => [.. Enumerable.Range(0, 256).Select(v => value(v))];

    /// <param name="Planes">Which channel of a pixel each plane takes.</param>
    /// <param name="Values">A table of 256 values per plane.</param>
    private sealed record Tables(int[] Planes, float[][] Values);
}
