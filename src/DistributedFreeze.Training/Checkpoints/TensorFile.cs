using System.Collections.Immutable;
using System.Runtime.InteropServices;
using DistributedFreeze.Coordination.Files;
using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Errors;
using DistributedFreeze.Training.Models;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Checkpoints;

/// <summary>Tensors to and from safetensors files.</summary>
internal static class TensorFile
{
    /// <summary>What stands for a hash that is not known yet.</summary>
    private static readonly string NoHash = new('0', 64);

    /// <summary>Writes fp32 tensors, and hashes them in the same pass: from a GPU each is copied once; the file is replaced whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tensors">What it holds, in ordinal order of the names.</param>
    /// <param name="metadata">What its header says beside them, by their hash (64 hexadecimal digits); as long for every hash.</param>
    /// <param name="beforeItAppears">Throws where the file is not wanted any more, and then there is none.</param>
    /// <returns>The tensors' hash, and the length of the file in bytes.</returns>
    /// <exception cref="StorageUnavailableException">The disk is full or fails, or the folder is gone or may not be written.</exception>
    public static (string Sha256, long Bytes) Write(
        string path, ImmutableSortedDictionary<string, Tensor> tensors, Func<string, IReadOnlyDictionary<string, string>> metadata, Action? beforeItAppears = null)
    {
        try
        {
            var infos = tensors.Select(pair => new TensorInfo(pair.Key, "F32", [.. pair.Value.shape]));
            using var writer = new SafetensorsWriter(path, infos, metadata(NoHash));
            using var hash = new TensorHash();
            foreach (var (name, tensor) in tensors)
            {
                HostMemory.Read(tensor, values =>
                {
                    hash.Add(name, tensor.shape, values);
                    writer.Write(name, values);
                });
            }

            var sha256 = hash.Finish();
            writer.ReplaceMetadata(metadata(sha256));
            beforeItAppears?.Invoke();
            writer.Commit();
            return (sha256, new FileInfo(path).Length);
        }
        catch (Exception reason) when (reason is IOException or UnauthorizedAccessException)
        {
            throw StorageFault.Of(path, tensors.Values.Sum(tensor => tensor.NumberOfElements * sizeof(float)), reason);
        }
    }

    /// <summary>Reads every tensor into the processor's memory, and hashes it.</summary>
    /// <returns>The tensors by name, and their hash as <see cref="TensorHash"/> has it.</returns>
    public static (ImmutableSortedDictionary<string, Tensor> Tensors, string Sha256) ReadAll(SafetensorsFile file)
    {
        var tensors = ImmutableSortedDictionary.CreateBuilder<string, Tensor>(StringComparer.Ordinal);
        using var hash = new TensorHash();
        foreach (var info in file.Tensors.OrderBy(info => info.Name, StringComparer.Ordinal))
        {
            var tensor = Read(file, info, CPU);
            tensors.Add(info.Name, tensor);
            hash.Add(info.Name, info.Shape.AsSpan(), MemoryMarshal.Cast<byte, float>(tensor.bytes));
        }

        return (tensors.ToImmutable(), hash.Finish());
    }

    /// <summary>Reads one tensor.</summary>
    public static Tensor Read(SafetensorsFile file, TensorInfo info, Device device)
    {
        var host = empty(info.Shape.AsSpan(), ScalarType.Float32);
        file.Read(info.Name, MemoryMarshal.Cast<byte, float>(host.bytes));
        return host.to(device);
    }
}
