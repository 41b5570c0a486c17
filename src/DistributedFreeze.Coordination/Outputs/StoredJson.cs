using System.Security.Cryptography;
using System.Text.Json;
using DistributedFreeze.Coordination.Files;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Validation;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination.Outputs;

/// <summary>Reads what a run has left as JSON, and what others have made of it since.</summary>
internal static class StoredJson
{
    /// <summary>Several times what a hundred thousand epochs take.</summary>
    private const int MaxBytes = 256 << 20;

    private static readonly JsonSerializerOptions Strict = new(RunJson.Indented) { RespectNullableAnnotations = true };

    /// <exception cref="InvalidInputException">The file cannot be read, or is none of its kind.</exception>
    public static RunSpec ReadSpec(string path)
    {
        var spec = Read<RunSpec>(path, out _);
        RequireValid(spec, path);
        return spec;
    }

    /// <exception cref="InvalidInputException">The file cannot be read, or is none of its kind.</exception>
    public static Receipt ReadReceipt(string path) => ReadReceipt(path, out _);

    /// <param name="path">The file.</param>
    /// <param name="sha256">SHA-256 of what was read.</param>
    /// <exception cref="InvalidInputException">The file cannot be read, or is none of its kind.</exception>
    public static Receipt ReadReceipt(string path, out string sha256)
    {
        var receipt = Read<Receipt>(path, out sha256);
        if (((IEnumerable<object?>)receipt.Classes).Concat(receipt.Phases).Concat(receipt.Epochs).Concat(receipt.FrozenLayers).Concat(receipt.Warnings)
            .Concat(receipt.Predictions).Concat(receipt.FrozenStatistics).Contains(null))
        {
            throw Damaged(path, "a list in it has an entry that is null");
        }

        // Not more of its spec: what an earlier version ran with may be refused by this one, and its model is as good as ever.
        RequirePhases(receipt.Spec, path);
        RequireNetwork(receipt, path);
        return receipt;
    }

    /// <summary>What a network is built of, and images for it.</summary>
    private static void RequireNetwork(Receipt receipt, string path)
    {
        const int FewestClasses = 2;
        var (data, model) = (receipt.Spec.Data, receipt.Spec.Model);
        if (data.ImageSize is < DataSpec.SmallestImage or > DataSpec.LargestImage)
        {
            throw Damaged(path, $"its image size is {data.ImageSize}, but must be {DataSpec.SmallestImage} to {DataSpec.LargestImage}");
        }

        if (data.MaxPixels < 1)
        {
            throw Damaged(path, $"its limit of pixels is {data.MaxPixels}, but must be at least 1");
        }

        if (receipt.Classes.Length < FewestClasses)
        {
            throw Damaged(path, $"it names {receipt.Classes.Length} classes, but must name at least {FewestClasses}");
        }

        if (model.Head.Hidden.IsDefault || model.Head.Hidden.Any(width => width < 1))
        {
            throw Damaged(path, "a hidden layer in it has no width of at least 1");
        }

        if (!LayerTable.TryFor(model, out _) || !Enum.IsDefined(data.Resize) || !Enum.IsDefined(data.ColorProfiles)
            || ((receipt.Preprocessing?.Taken ?? data.Preprocessing) is { } preprocessing && !Enum.IsDefined(preprocessing)))
        {
            throw Damaged(path, "its network, graph, preprocessing, resizing or use of colour profiles is none that there is");
        }
    }

    private static T Read<T>(string path, out string sha256)
    {
        try
        {
            // A pipe has no length, and would be waited for without end.
            if (new FileInfo(path) is { Exists: true } file && file.Length is 0 or > MaxBytes)
            {
                throw Damaged(path, file.Length == 0 ? "it is empty" : $"it has {file.Length:N0} bytes, more than the {MaxBytes:N0} of the longest run's");
            }

            var content = ReadAll(path);
            sha256 = Convert.ToHexStringLower(SHA256.HashData(content));
            return JsonSerializer.Deserialize<T>(content.AsSpan(WithoutMark(content)..), Strict) ?? throw new InvalidInputException(path, "is empty");
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            throw Damaged(path, e.Message); // not supported is what names no kind of policy
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException(path, $"cannot be read: {e.Message}") { IsStorage = true };
        }
    }

    private static byte[] ReadAll(string path)
    {
        using var stream = new FileStream(RootedFiles.OpenRead(path), FileAccess.Read);
        if (stream.Length > MaxBytes)
        {
            throw new IOException($"it has grown to {stream.Length:N0} bytes meanwhile"); // what was measured was its path
        }

        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }

    /// <summary>Editors of other systems put a byte order mark before a text.</summary>
    private static int WithoutMark(byte[] content) => content.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0;

    private static void RequirePhases(RunSpec spec, string path)
    {
        if (spec.Phases.IsDefault || spec.Phases.Any(phase => phase is null))
        {
            throw Damaged(path, "a phase in it is null");
        }
    }

    private static void RequireValid(RunSpec spec, string path)
    {
        RequirePhases(spec, path);
        try
        {
            RunSpecValidator.EnsureValid(spec);
        }
        catch (InvalidInputException invalid)
        {
            throw Damaged(path, invalid.Problems[0].ToString());
        }
    }

    private static InvalidInputException Damaged(string path, string why) => new(path, $"is damaged: {why}");
}
