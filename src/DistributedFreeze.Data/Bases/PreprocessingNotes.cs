using System.Collections.Immutable;
using System.Text.Json;
using DistributedFreeze.Coordination.Files;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Data.Bases;

/// <summary>What a maker has left beside a model or a file of weights of how its pixels are prepared: <c>preprocessor_config.json</c> of Hugging Face and <c>config.json</c> of timm.</summary>
/// <param name="model">Path of the file.</param>
/// <param name="refuse">Makes the exception for notes that cannot be followed.</param>
internal sealed class PreprocessingNotes(string model, Func<string, Errors.InvalidInputException> refuse)
{
    private const int MostBytes = 1 << 20;

    /// <summary>Means and deviations of red, green and blue, 0 to 1.</summary>
    private static readonly ImmutableArray<(Preprocessing Word, double[] Mean, double[] Deviation)> Known =
    [
        (Preprocessing.Torch, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
        (Preprocessing.Tf, [0.5, 0.5, 0.5], [0.5, 0.5, 0.5]),
        (Preprocessing.Clip, [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]),
        (Preprocessing.Unit, [0, 0, 0], [1, 1, 1]),
    ];

    /// <summary>Reads them.</summary>
    /// <returns>Null where nothing is said.</returns>
    /// <exception cref="Errors.InvalidInputException">They cannot be read or understood, or say numbers that none of the words stands for.</exception>
    public PreprocessingChoice? Beside()
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(model))!;
        return OfHuggingFace(Path.Combine(folder, "preprocessor_config.json")) ?? OfTimm(Path.Combine(folder, "config.json"));
    }

    private PreprocessingChoice? OfHuggingFace(string path)
    {
        if (Read(path) is not { } config || !(config.TryGetProperty("image_mean", out _) || config.TryGetProperty("image_std", out _) || config.TryGetProperty("do_rescale", out _)))
        {
            return null;
        }

        var where = Path.GetFileName(path);
        if (!Says(path, config, "do_rescale"))
        {
            return new(Preprocessing.Raw, $"{where} says that pixels stay 0 to 255");
        }

        return Says(path, config, "do_normalize")
            ? Named(where, Numbers(path, config, "image_mean"), Numbers(path, config, "image_std"))
            : new(Preprocessing.Unit, $"{where} says that pixels are scaled to 0 to 1 alone");
    }

    private PreprocessingChoice? OfTimm(string path)
    {
        if (Read(path) is not { } config || !config.TryGetProperty("pretrained_cfg", out var about) || about.ValueKind != JsonValueKind.Object
            || !(about.TryGetProperty("mean", out _) || about.TryGetProperty("std", out _)))
        {
            return null;
        }

        return Named(Path.GetFileName(path), Numbers(path, about, "mean"), Numbers(path, about, "std"));
    }

    /// <summary>The word for some numbers.</summary>
    /// <param name="where">Who says them.</param>
    /// <param name="mean">Of red, green and blue, 0 to 1.</param>
    /// <param name="deviation">Likewise.</param>
    /// <returns>Null where they are no three numbers.</returns>
    /// <exception cref="Errors.InvalidInputException">No word stands for them.</exception>
    public PreprocessingChoice? Named(string where, double[]? mean, double[]? deviation)
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

        throw refuse($"must be chosen: {where} of {model} says {numbers}, which is none of {string.Join(", ", Known.Select(known => RunEnums.NameOf(known.Word)))}");
    }

    /// <summary>A switch that is on where nothing is said of it.</summary>
    private bool Says(string path, JsonElement config, string name) => !config.TryGetProperty(name, out var value) || value.ValueKind switch
    {
        JsonValueKind.True or JsonValueKind.Null => true,
        JsonValueKind.False => false,
        _ => throw NotUnderstood(path, name, "true or false"),
    };

    private double[] Numbers(string path, JsonElement config, string name) =>
        config.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array && list.GetArrayLength() == 3 && list.EnumerateArray().All(number => number.ValueKind == JsonValueKind.Number)
            ? [.. list.EnumerateArray().Select(number => number.GetDouble())]
            : throw NotUnderstood(path, name, "three numbers, for red, green and blue");

    /// <summary>A file that speaks of pixels, and not in a way that is known here, is no silence: what it means has to be said by the person.</summary>
    private Errors.InvalidInputException NotUnderstood(string path, string name, string right) =>
        refuse($"must be chosen: {path}, which lies beside the model, has no '{name}' that is {right}");

    /// <returns>Null where there is no such file, or none that is JSON: it is not the model.</returns>
    /// <exception cref="Errors.InvalidInputException">It is a link, or cannot be opened.</exception>
    private JsonElement? Read(string path)
    {
        if (new FileInfo(path).LinkTarget is not null)
        {
            throw refuse($"must be chosen: {path}, which lies beside the model, is a link, and none is followed");
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
            throw refuse($"must be chosen: {path}, which lies beside the model, cannot be read: {unreadable.Message.ReplaceLineEndings(" ").TrimEnd('.')}");
        }
    }
}
