using System.Collections.Immutable;
using System.Text.Json;
using DistributedFreeze.Coordination.Files;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Data.Bases;

/// <summary>How the pixels for a graph are prepared, by what its maker left.</summary>
/// <remarks>
/// Looked at are, in this order: <c>preprocessing</c>, or <c>image_mean</c> and <c>image_std</c>, in the model's metadata; <c>preprocessor_config.json</c> of Hugging Face and
/// <c>config.json</c> of timm beside the model. Where nothing is said, images of bytes are taken as they are, and others as torchvision's networks take them.
/// </remarks>
internal static class BasePreprocessing
{
    private const string Field = "data.preprocess";
    private const int MostBytes = 1 << 20;

    /// <summary>Means and deviations of red, green and blue, 0 to 1.</summary>
    private static readonly ImmutableArray<(Preprocessing Word, double[] Mean, double[] Deviation)> Known =
    [
        (Preprocessing.Torch, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
        (Preprocessing.Tf, [0.5, 0.5, 0.5], [0.5, 0.5, 0.5]),
        (Preprocessing.Clip, [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]),
        (Preprocessing.Unit, [0, 0, 0], [1, 1, 1]),
    ];

    /// <summary>Decides.</summary>
    /// <param name="file">The model.</param>
    /// <param name="image">What it takes.</param>
    /// <exception cref="Errors.InvalidInputException">Its maker says numbers that none of the words stands for.</exception>
    public static PreprocessingChoice Of(OnnxFile file, BaseImage image)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(file.Path))!;
        return OfMetadata(file) ?? OfHuggingFace(file, Path.Combine(folder, "preprocessor_config.json")) ?? OfTimm(file, Path.Combine(folder, "config.json"))
            ?? (image.Type == OnnxTypes.Byte
                ? new(Preprocessing.Raw, "the model takes bytes")
                : new(Preprocessing.Torch, "neither the model nor a file beside it says how, and most are trained with torchvision's mean and deviation"));
    }

    private static PreprocessingChoice? OfMetadata(OnnxFile file)
    {
        const string Where = "the model's metadata";
        if (file.Metadata.GetValueOrDefault("preprocessing") is { } word && RunEnums.Preprocessing.Find(word) is { } named and not Preprocessing.Auto)
        {
            return new(named, $"{Where} says {word}");
        }

        try
        {
            return file.Metadata.GetValueOrDefault("image_mean") is { } mean && file.Metadata.GetValueOrDefault("image_std") is { } deviation
                ? Named(file, Where, JsonSerializer.Deserialize<double[]>(mean), JsonSerializer.Deserialize<double[]>(deviation))
                : null;
        }
        catch (JsonException)
        {
            return null; // a maker's note that is no list of numbers
        }
    }

    private static PreprocessingChoice? OfHuggingFace(OnnxFile file, string path)
    {
        if (Read(path) is not { } config || (Numbers(config, "image_mean") is null && !config.TryGetProperty("do_rescale", out _)))
        {
            return null;
        }

        var where = Path.GetFileName(path);
        if (config.TryGetProperty("do_rescale", out var rescale) && rescale.ValueKind == JsonValueKind.False)
        {
            return new(Preprocessing.Raw, $"{where} says that pixels stay 0 to 255");
        }

        var isNormalized = !config.TryGetProperty("do_normalize", out var normalize) || normalize.ValueKind != JsonValueKind.False;
        return isNormalized ? Named(file, where, Numbers(config, "image_mean"), Numbers(config, "image_std")) : new(Preprocessing.Unit, $"{where} says that pixels are scaled to 0 to 1 alone");
    }

    private static PreprocessingChoice? OfTimm(OnnxFile file, string path) =>
        Read(path) is { } config && config.TryGetProperty("pretrained_cfg", out var about) && about.ValueKind == JsonValueKind.Object && Numbers(about, "mean") is { } mean
            ? Named(file, Path.GetFileName(path), mean, Numbers(about, "std"))
            : null;

    private static PreprocessingChoice? Named(OnnxFile file, string where, double[]? mean, double[]? deviation)
    {
        const double Close = 1e-3;
        if (mean is not { Length: 3 } || deviation is not { Length: 3 })
        {
            return null;
        }

        var numbers = $"mean {string.Join(", ", mean)} and deviation {string.Join(", ", deviation)}";
        foreach (var (word, center, spread) in Known)
        {
            if (mean.Zip(center).Concat(deviation.Zip(spread)).All(pair => Math.Abs(pair.First - pair.Second) < Close))
            {
                return new(word, $"{where} says {numbers}");
            }
        }

        throw file.Refuse($"must be chosen: {where} of {file.Path} says {numbers}, which is none of {string.Join(", ", Known.Select(known => RunEnums.NameOf(known.Word)))}", Field);
    }

    private static double[]? Numbers(JsonElement config, string name) =>
        config.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array && list.EnumerateArray().All(number => number.ValueKind == JsonValueKind.Number)
            ? [.. list.EnumerateArray().Select(number => number.GetDouble())]
            : null;

    /// <returns>Null where there is no such file, or none that can be read: it is not the model.</returns>
    private static JsonElement? Read(string path)
    {
        try
        {
            if (!File.Exists(path) || new FileInfo(path).Length > MostBytes)
            {
                return null;
            }

            using var stream = new FileStream(RootedFiles.OpenRead(path), FileAccess.Read);
            var config = JsonSerializer.Deserialize<JsonElement>(stream);
            return config.ValueKind == JsonValueKind.Object ? config : null;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }
}
