using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using DistributedFreeze.Errors;
using DistributedFreeze.Training.Models;
using DistributedFreeze.Training.Weights;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Checkpoints;

/// <summary>The trainable state of a run in a safetensors file: every tensor that ever trained, the optimizer's vectors, and the best epoch's copy.</summary>
/// <remarks>
/// No frozen byte: kilobytes for a head. Hashes over all tensors and all metadata are in the header, so a damaged file is never
/// taken over.
/// </remarks>
internal sealed class CheckpointFile : IDisposable
{
    private const string Format = "distributed-freeze.checkpoint.1";
    private const string OptimizerPrefix = "optimizer.";
    private const string BestPrefix = "best.";
    private const string MetadataHash = "metadataSha256";
    private readonly SafetensorsFile _file;
    private readonly string _path;

    private CheckpointFile(SafetensorsFile file, string path, CheckpointStamp stamp)
    {
        _file = file;
        _path = path;
        Stamp = stamp;
    }

    /// <summary>What the checkpoint belongs to.</summary>
    public CheckpointStamp Stamp { get; }

    /// <summary>Writes a checkpoint; the file is replaced whole or not at all.</summary>
    public static void Write(
        string path,
        CheckpointStamp stamp,
        IReadOnlyDictionary<string, Tensor> tensors,
        ImmutableArray<(string Name, Tensor Values)> optimizer,
        ImmutableArray<(string Name, Tensor Values)> best,
        Action? beforeItAppears = null)
    {
        var all = All(tensors, optimizer).AddRange(Prefixed(BestPrefix, best));
        TensorFile.Write(path, all, HeaderOf(stamp, StateHash.Of(all)), beforeItAppears);
    }

    /// <summary>What a checkpoint's header says beside its tensors.</summary>
    /// <param name="stamp">What the checkpoint belongs to.</param>
    /// <param name="sha256">Hash of the tensors.</param>
    public static IReadOnlyDictionary<string, string> HeaderOf(CheckpointStamp stamp, string sha256)
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
            ["sha256"] = sha256,
        };
        metadata.Add(MetadataHash, HashOf(metadata));
        return metadata;
    }

    /// <summary>SHA-256 over all that a checkpoint of this state would hold, but for what was the state once.</summary>
    public static string HashOf(IReadOnlyDictionary<string, Tensor> tensors, ImmutableArray<(string Name, Tensor Values)> optimizer) =>
        StateHash.Of(All(tensors, optimizer));

    /// <summary>Opens a checkpoint and checks it whole.</summary>
    /// <exception cref="InvalidInputException">The file is missing, damaged or no checkpoint.</exception>
    public static CheckpointFile Open(string path)
    {
        var file = SafetensorsFile.Open(path, field: path);
        try
        {
            var checkpoint = new CheckpointFile(file, path, StampOf(file, path));
            checkpoint.CheckContent();
            return checkpoint;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads a checkpoint and compares its hashes, without a tensor.</summary>
    /// <exception cref="InvalidInputException">The file is missing, damaged or no checkpoint.</exception>
    public static void RequireWhole(string path)
    {
        using var file = SafetensorsFile.Open(path, field: path);
        _ = StampOf(file, path);
        RequireContent(path, ModelHash.Of(file), file);
    }

    /// <summary>Reads what a checkpoint belongs to.</summary>
    /// <exception cref="InvalidInputException">The file is missing, damaged or no checkpoint.</exception>
    public static CheckpointStamp ReadStamp(string path)
    {
        using var file = SafetensorsFile.Open(path, field: path);
        return StampOf(file, path);
    }

    /// <summary>Refuses a checkpoint of something else.</summary>
    /// <exception cref="InvalidInputException">Something differs.</exception>
    public void CheckStamp(CheckpointStamp expected) => Stamp.Check(expected, _path);

    /// <summary>Takes the checkpoint's values over.</summary>
    /// <param name="network">In the phase that the checkpoint was written in.</param>
    /// <param name="optimizer">The phase's optimizer state.</param>
    /// <param name="device">Where the tensors go.</param>
    public void Restore(NetworkState network, ImmutableArray<(string Name, Tensor Values)> optimizer, Device device)
    {
        foreach (var info in _file.Tensors.Where(info =>
            !info.Name.StartsWith(OptimizerPrefix, StringComparison.Ordinal) && !info.Name.StartsWith(BestPrefix, StringComparison.Ordinal)))
        {
            var value = Read(info, device);
            if (network.Trainable?.Find(info.Name) is { } view)
            {
                view.copy_(value);
            }
            else
            {
                network.Set(info.Name, value);
            }
        }

        Restore(OptimizerPrefix, "the optimizer's", optimizer, device);
    }

    /// <summary>Takes the checkpoint's copy of the best epoch's weights over.</summary>
    /// <param name="best">Where the vectors go.</param>
    /// <param name="device">Where they lie.</param>
    /// <exception cref="InvalidInputException">The checkpoint has none.</exception>
    public void RestoreBest(ImmutableArray<(string Name, Tensor Values)> best, Device device) => Restore(BestPrefix, "the best epoch's", best, device);

    private void Restore(string prefix, string whose, ImmutableArray<(string Name, Tensor Values)> vectors, Device device)
    {
        foreach (var (name, values) in vectors)
        {
            var info = _file.Tensors.FirstOrDefault(info => info.Name == prefix + name)
                ?? throw new InvalidInputException(_path, $"lacks {whose} {name}");
            values.copy_(Read(info, device));
        }
    }

    public void Dispose() => _file.Dispose();

    private static ImmutableSortedDictionary<string, Tensor> All(
        IReadOnlyDictionary<string, Tensor> tensors, ImmutableArray<(string Name, Tensor Values)> optimizer) =>
        tensors.Concat(Prefixed(OptimizerPrefix, optimizer)).ToImmutableSortedDictionary(StringComparer.Ordinal);

    private static IEnumerable<KeyValuePair<string, Tensor>> Prefixed(string prefix, ImmutableArray<(string Name, Tensor Values)> vectors) =>
        vectors.Select(vector => KeyValuePair.Create(prefix + vector.Name, vector.Values));

    private static CheckpointStamp StampOf(SafetensorsFile file, string path)
    {
        if (file.Metadata.GetValueOrDefault("format") != Format)
        {
            throw new InvalidInputException(path, $"must be a checkpoint of format {Format}");
        }

        if (HashOf(file.Metadata.Where(entry => entry.Key != MetadataHash)) != Part(MetadataHash))
        {
            throw new InvalidInputException(path, "is damaged: its header is not the one that was written");
        }

        return new()
        {
            SpecKey = Part("specKey"),
            DataHash = Part("dataHash"),
            BaseHash = Part("baseHash"),
            Phase = int.TryParse(Part("phase"), NumberStyles.None, CultureInfo.InvariantCulture, out var phase) ? phase : throw Lacks("phase"),
            MaskHash = Part("maskHash"),
            Progress = Part("progress"),
        };

        string Part(string name) => file.Metadata.GetValueOrDefault(name) ?? throw Lacks(name);

        InvalidInputException Lacks(string name) => new(path, $"is no whole checkpoint: its header lacks {name}");
    }

    /// <summary>SHA-256 over keys and values, in ordinal order of the keys.</summary>
    private static string HashOf(IEnumerable<KeyValuePair<string, string>> metadata) => Convert.ToHexStringLower(SHA256.HashData(
        JsonSerializer.SerializeToUtf8Bytes(metadata.OrderBy(entry => entry.Key, StringComparer.Ordinal))));

    private void CheckContent()
    {
        using var scope = NewDisposeScope();
        RequireContent(_path, StateHash.Of(_file.Tensors.Select(info => KeyValuePair.Create(info.Name, Read(info, CPU)))), _file);
    }

    private static void RequireContent(string path, string found, SafetensorsFile file)
    {
        if (found != file.Metadata.GetValueOrDefault("sha256"))
        {
            throw new InvalidInputException(path, "is damaged: its tensors are not the ones that were written");
        }
    }

    private Tensor Read(TensorInfo info, Device device) => TensorFile.Read(_file, info, device);
}
