using System.Collections.Immutable;
using System.Globalization;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Data.Bases;

/// <summary>The images that a graph takes: which input they go to, in which order of numbers, how large, and how many at a time.</summary>
/// <remarks>Immutable.</remarks>
internal sealed record BaseImage
{
    private const int Channels = 3;

    /// <summary>Channels that images of any kind have; what is more is a height or a width.</summary>
    private const int MostChannels = 4;

    private BaseImage()
    {
    }

    /// <summary>Name of the input.</summary>
    public required string Name { get; init; }

    /// <summary>Type of its numbers: one of float32, float16, float64 and uint8, as <see cref="OnnxTypes"/> has them.</summary>
    public required int Type { get; init; }

    /// <summary>Whether channels come last, (N, H, W, 3), and not first, (N, 3, H, W).</summary>
    public required bool ChannelsLast { get; init; }

    /// <summary>Height and width in pixels; null where the graph leaves them open.</summary>
    public required int? Size { get; init; }

    /// <summary>Images at a time; null where the graph leaves that open.</summary>
    public required int? Batch { get; init; }

    /// <summary>Shape and order for people.</summary>
    public string Describe() => $"{Name}: {OnnxTypes.NameOf(Type)} ({Sizes()}), channels {(ChannelsLast ? "last (NHWC)" : "first (NCHW)")}";

    /// <summary>Finds the input for images.</summary>
    /// <param name="file">The model.</param>
    /// <exception cref="Errors.InvalidInputException">There is none, or more than one.</exception>
    public static BaseImage Of(OnnxFile file)
    {
        var all = string.Join(", ", file.Inputs.Select(input => $"{input.Name}: {input.Describe()}"));
        ImmutableArray<OnnxValue> images = [.. file.Inputs.Where(IsImage)];
        return images.Length switch
        {
            1 => Of(file, images[0]),
            0 => throw file.Refuse($"has no input for images, which would be (N, 3, height, width) or (N, height, width, 3) numbers; it has {(all.Length == 0 ? "none" : all)}"),
            _ => throw file.Refuse($"has several inputs for images, and a base takes one: {all}"),
        };
    }

    /// <summary>The size of images that a run gives it.</summary>
    /// <param name="file">The model.</param>
    /// <param name="wanted">What the run says.</param>
    /// <exception cref="Errors.InvalidInputException">The graph takes another one.</exception>
    public int SizeFor(OnnxFile file, int wanted) => Size switch
    {
        null => wanted,
        { } only when only is < DataSpec.SmallestImage or > DataSpec.LargestImage =>
            throw file.Refuse($"takes images of {only} x {only}, and {DataSpec.SmallestImage} to {DataSpec.LargestImage} pixels are possible here"),
        { } only when wanted == only || wanted == new DataSpec { Path = "" }.ImageSize => only,
        { } only => throw file.Refuse($"must be {only}, the size of images that {file.Path} takes, got {wanted}; leave it out to take that", "data.image_size"),
    };

    private static bool IsImage(OnnxValue input) => !input.Shape.IsDefault && input.Shape.Length == 4 && input.Shape[1] switch
    {
        Channels => true,
        null => input.Shape[3] is null or Channels or > MostChannels, // channels or the height
        var height => height > MostChannels && input.Shape[3] == Channels,
    };

    private static BaseImage Of(OnnxFile file, OnnxValue input)
    {
        var last = input.Shape[1] != Channels && input.Shape[3] == Channels;
        var (height, width) = last ? (input.Shape[1], input.Shape[2]) : (input.Shape[2], input.Shape[3]);
        if (height is { } one && width is { } other && one != other)
        {
            throw file.Refuse($"takes images of {one} x {other} (height x width), and a run's are square");
        }

        if (input.Type is not (OnnxTypes.Float or OnnxTypes.Half or OnnxTypes.Double or OnnxTypes.Byte))
        {
            throw file.Refuse($"takes images of {OnnxTypes.NameOf(input.Type)}, and float32, float16, float64 or uint8 are given to it");
        }

        const int MostAtATime = 256;
        return new()
        {
            Name = input.Name,
            Type = input.Type,
            ChannelsLast = last,
            Size = (height ?? width) is { } size ? (int)Math.Min(size, int.MaxValue) : null,
            Batch = input.Shape[0] switch
            {
                null => null,
                <= MostAtATime and var batch => (int)batch,
                var batch => throw file.Refuse($"takes exactly {batch} images at a time; export it with an open number, or with 1"),
            },
        };
    }

    private string Sizes()
    {
        var (batch, size) = (Batch?.ToString(CultureInfo.InvariantCulture) ?? "N", Size?.ToString(CultureInfo.InvariantCulture) ?? "?");
        return ChannelsLast ? $"{batch}, {size}, {size}, 3" : $"{batch}, 3, {size}, {size}";
    }
}
