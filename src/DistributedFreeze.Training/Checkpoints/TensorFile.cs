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
    /// <summary>Writes fp32 tensors; the file is replaced whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tensors">What it holds.</param>
    /// <param name="metadata">What its header says beside them.</param>
    /// <param name="beforeItAppears">Throws where the file is not wanted any more, and then there is none.</param>
    /// <returns>Length of the file in bytes.</returns>
    /// <exception cref="StorageUnavailableException">The disk is full or fails, or the folder is gone or may not be written.</exception>
    public static long Write(string path, ImmutableSortedDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string> metadata, Action? beforeItAppears = null)
    {
        try
        {
            var infos = tensors.Select(pair => new TensorInfo(pair.Key, "F32", [.. pair.Value.shape]));
            using var writer = new SafetensorsWriter(path, infos, metadata);
            foreach (var (name, tensor) in tensors)
            {
                HostMemory.Read(tensor, values => writer.Write(name, values));
            }

            beforeItAppears?.Invoke();
            writer.Commit();
            return new FileInfo(path).Length;
        }
        catch (Exception reason) when (reason is IOException or UnauthorizedAccessException)
        {
            throw StorageFault.Of(path, tensors.Values.Sum(tensor => tensor.NumberOfElements * sizeof(float)), reason);
        }
    }

    /// <summary>Reads one tensor.</summary>
    public static Tensor Read(SafetensorsFile file, TensorInfo info, Device device)
    {
        var host = empty(info.Shape.AsSpan(), ScalarType.Float32);
        file.Read(info.Name, MemoryMarshal.Cast<byte, float>(host.bytes));
        return host.to(device);
    }
}
