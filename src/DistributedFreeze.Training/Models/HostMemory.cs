using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Models;

/// <summary>A tensor's values in host memory.</summary>
internal static class HostMemory
{
    public delegate void Reader(ReadOnlySpan<float> values);

    /// <summary>Shows a fp32 tensor's values in row-major order, copying them only where they lie elsewhere or otherwise.</summary>
    public static void Read(Tensor tensor, Reader reader)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        if (tensor.NumberOfElements > int.MaxValue / sizeof(float))
        {
            throw new ArgumentException($"{tensor.NumberOfElements} numbers are more than one span holds.", nameof(tensor)); // TorchSharp would show none of them
        }

        var host = tensor.detach().cpu().contiguous();
        reader(MemoryMarshal.Cast<byte, float>(host.bytes));
    }
}
