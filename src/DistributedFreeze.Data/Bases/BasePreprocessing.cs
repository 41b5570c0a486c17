using System.Collections.Immutable;
using System.Text.Json;
using DistributedFreeze.Coordination.Files;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Data.Bases;

/// <summary>How the pixels for a graph are prepared, by what its maker left.</summary>
/// <remarks>
/// Looked at are, in this order: <c>preprocessing</c>, or <c>image_mean</c> and <c>image_std</c>, in the model's metadata; <c>preprocessor_config.json</c> of Hugging Face and
/// <c>config.json</c> of timm beside the model. Where nothing is said, images are taken as torchvision's networks take them; a graph that takes bytes gets the pixels as they are.
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
        if (image.Type == OnnxTypes.Byte)
        {
            return new(Preprocessing.Raw, "the model takes bytes"); // whatever its maker says: numbers with a fraction would lose it
        }

        var folder = Path.GetDirectoryName(Path.GetFullPath(file.Path))!;
        return OfMetadata(file) ?? OfHuggingFace(file, Path.Combine(folder, "preprocessor_config.json")) ?? OfTimm(file, Path.Combine(folder, "config.json"))
            ?? new(Preprocessing.Torch, "neither the model nor a file beside it says how, and most are trained with torchvision's mean and deviation");
    }

    /// <summary>Decides for a run.</summary>
    /// <param name="file">The model.</param>
    /// <param name="image">What it takes.</param>
    /// <param name="wanted">What the run says; null and auto leave it to the model.</param>
    /// <exception cref="Errors.InvalidInputException">Its maker says numbers that none of the words stands for, or it takes bytes and the run wants other numbers.</exception>
    public static PreprocessingChoice Of(OnnxFile file, BaseImage image, Preprocessing? wanted)
    {
        Require(file, image, wanted);
        return wanted is { } word and not Preprocessing.Auto ? new(word, "as chosen") : Of(file, image);
    }

    /// <summary>Refuses a run that wants other numbers than bytes of a model that takes bytes.</summary>
    /// <param name="file">The model.</param>
    /// <param name="image">What it takes.</param>
    /// <param name="wanted">What the run says; null and auto leave it to the model.</param>
    /// <exception cref="Errors.InvalidInputException">It does.</exception>
    public static void Require(OnnxFile file, BaseImage image, Preprocessing? wanted)
    {
        if (image.Type == OnnxTypes.Byte && wanted is { } word and not (Preprocessing.Auto or Preprocessing.Raw))
        {
            throw file.Refuse($"must be auto or raw, got {RunEnums.NameOf(word)}: {file.Path} takes bytes (uint8), which are the pixels as they are", Field);
        }
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
        if (Read(file, path) is not { } config || !(config.TryGetProperty("image_mean", out _) || config.TryGetProperty("image_std", out _) || config.TryGetProperty("do_rescale", out _)))
        {
            return null;
        }

        var where = Path.GetFileName(path);
        if (!Says(file, path, config, "do_rescale"))
        {
            return new(Preprocessing.Raw, $"{where} says that pixels stay 0 to 255");
        }

        return Says(file, path, config, "do_normalize")
            ? Named(file, where, Numbers(file, path, config, "image_mean"), Numbers(file, path, config, "image_std"))
            : new(Preprocessing.Unit, $"{where} says that pixels are scaled to 0 to 1 alone");
    }

    private static PreprocessingChoice? OfTimm(OnnxFile file, string path)
    {
        if (Read(file, path) is not { } config || !config.TryGetProperty("pretrained_cfg", out var about) || about.ValueKind != JsonValueKind.Object
            || !(about.TryGetProperty("mean", out _) || about.TryGetProperty("std", out _)))
        {
            return null;
        }

        return Named(file, Path.GetFileName(path), Numbers(file, path, about, "mean"), Numbers(file, path, about, "std"));
    }

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

    /// <summary>A switch that is on where nothing is said of it.</summary>
    private static bool Says(OnnxFile file, string path, JsonElement config, string name) => !config.TryGetProperty(name, out var value) || value.ValueKind switch
    {
        JsonValueKind.True or JsonValueKind.Null => true,
        JsonValueKind.False => false,
        _ => throw NotUnderstood(file, path, name, "true or false"),
    };

    private static double[] Numbers(OnnxFile file, string path, JsonElement config, string name) =>
        config.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array && list.GetArrayLength() == 3 && list.EnumerateArray().All(number => number.ValueKind == JsonValueKind.Number)
            ? [.. list.EnumerateArray().Select(number => number.GetDouble())]
            : throw NotUnderstood(file, path, name, "three numbers, for red, green and blue");

    /// <summary>A file that speaks of pixels, and not in a way that is known here, is no silence: what it means has to be said by the person.</summary>
    private static Errors.InvalidInputException NotUnderstood(OnnxFile file, string path, string name, string right) =>
        file.Refuse($"must be chosen: {path}, which lies beside the model, has no '{name}' that is {right}", Field);

    /// <returns>Null where there is no such file, or none that is JSON: it is not the model.</returns>
    /// <exception cref="Errors.InvalidInputException">It is a link, or cannot be opened.</exception>
    private static JsonElement? Read(OnnxFile file, string path)
    {
        if (new FileInfo(path).LinkTarget is not null)
        {
            throw file.Refuse($"must be chosen: {path}, which lies beside the model, is a link, and none is followed", Field);
        }

        try
        {
            if (!File.Exists(path))
            {
                return null;
            }

            using var stream = new FileStream(RootedFiles.OpenRead(path), FileAccess.Read);
            if (stream.Length > MostBytes)
            {
                return null;
            }

            var config = JsonSerializer.Deserialize<JsonElement>(stream);
            return config.ValueKind == JsonValueKind.Object ? config : null;
        }
        catch (JsonException)
        {
            return null;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw file.Refuse($"must be chosen: {path}, which lies beside the model, cannot be read: {unreadable.Message.ReplaceLineEndings(" ").TrimEnd('.')}", Field);
        }
    }
}
