using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Coordination.Outputs;

/// <summary>What a checkpoint says beside its tensors, and whether the file is whole: all that is needed to drive a run.</summary>
/// <remarks>Hashes over all tensors and all metadata are in the header, so a damaged file is never taken over.</remarks>
internal static class CheckpointHeader
{
    private const string Format = "distributed-freeze.checkpoint.1";
    private const string ContentHash = "sha256";
    private const string MetadataHash = "metadataSha256";
    private const string ParentHash = "parentHash"; // only where a run has one

    /// <summary>What a checkpoint's header says beside its tensors.</summary>
    /// <param name="stamp">What the checkpoint belongs to.</param>
    /// <param name="sha256">Hash of the tensors.</param>
    public static IReadOnlyDictionary<string, string> Of(CheckpointStamp stamp, string sha256)
    {
        var metadata = new Dictionary<string, string>
        {
            ["format"] = Format,
            ["specKey"] = stamp.SpecKey,
            ["dataHash"] = stamp.DataHash,
            ["baseHash"] = stamp.BaseHash,
            ["phase"] = stamp.Phase.ToString(CultureInfo.InvariantCulture),
            ["maskHash"] = stamp.MaskHash,
            ["progress"] = stamp.Progress,
            [ContentHash] = sha256,
        };
        if (stamp.ParentHash.Length > 0)
        {
            metadata.Add(ParentHash, stamp.ParentHash);
        }

        metadata.Add(MetadataHash, HashOf(metadata));
        return metadata;
    }

    /// <summary>Reads what a checkpoint belongs to.</summary>
    /// <exception cref="InvalidInputException">The file is missing, damaged or no checkpoint.</exception>
    public static CheckpointStamp Read(string path)
    {
        using var file = SafetensorsFile.Open(path);
        return Read(file);
    }

    /// <summary>Reads what an open checkpoint belongs to.</summary>
    /// <exception cref="InvalidInputException">The file is damaged or no checkpoint.</exception>
    public static CheckpointStamp Read(SafetensorsFile file)
    {
        if (file.Metadata.GetValueOrDefault("format") != Format)
        {
            throw new InvalidInputException(file.Path, $"must be a checkpoint of format {Format}");
        }

        if (HashOf(file.Metadata.Where(entry => entry.Key != MetadataHash)) != Part(MetadataHash))
        {
            throw new InvalidInputException(file.Path, "is damaged: its header is not the one that was written");
        }

        return new()
        {
            SpecKey = Part("specKey"),
            DataHash = Part("dataHash"),
            BaseHash = Part("baseHash"),
            ParentHash = file.Metadata.GetValueOrDefault(ParentHash) ?? "",
            Phase = int.TryParse(Part("phase"), NumberStyles.None, CultureInfo.InvariantCulture, out var phase) ? phase : throw Lacks("phase"),
            MaskHash = Part("maskHash"),
            Progress = Part("progress"),
        };

        string Part(string name) => file.Metadata.GetValueOrDefault(name) ?? throw Lacks(name);

        InvalidInputException Lacks(string name) => new(file.Path, $"is no whole checkpoint: its header lacks {name}");
    }

    /// <summary>Reads a checkpoint and compares its hashes.</summary>
    /// <exception cref="InvalidInputException">The file is missing, damaged or no checkpoint.</exception>
    public static void RequireWhole(string path)
    {
        using var file = SafetensorsFile.Open(path);
        _ = Read(file);
        RequireContent(file, ModelHash.Of(file));
    }

    /// <summary>Refuses a checkpoint whose tensors are not those of its header.</summary>
    /// <param name="file">The checkpoint.</param>
    /// <param name="found">Hash of the tensors that were read from it.</param>
    /// <exception cref="InvalidInputException">They are others.</exception>
    public static void RequireContent(SafetensorsFile file, string found)
    {
        if (found != file.Metadata.GetValueOrDefault(ContentHash))
        {
            throw new InvalidInputException(file.Path, "is damaged: its tensors are not the ones that were written");
        }
    }

    /// <summary>SHA-256 over keys and values, in ordinal order of the keys.</summary>
    private static string HashOf(IEnumerable<KeyValuePair<string, string>> metadata) => Convert.ToHexStringLower(SHA256.HashData(
        JsonSerializer.SerializeToUtf8Bytes(metadata.OrderBy(entry => entry.Key, StringComparer.Ordinal))));
}
