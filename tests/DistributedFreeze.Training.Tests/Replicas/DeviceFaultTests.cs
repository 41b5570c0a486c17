using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using DistributedFreeze.Inference.Runtime;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Replicas;

[SuppressMessage("Usage", "CA2201", Justification = "What the runtime and libtorch throw is what is tested.")]
public sealed class DeviceFaultTests
{
    public static TheoryData<Exception, string> Faults => new()
    {
        { new ExternalException("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 79.10 GiB.\nException raised from malloc"), Memory },
        { new ExternalException("CUDA error: out of memory\nCUDA kernel errors might be asynchronously reported"), Memory },
        { new ExternalException("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"), Memory },
        { new InferenceException("BFCArena::AllocateRawInternal Failed to allocate memory for requested buffer of size 9"), Memory },
        { new OutOfMemoryException("Array dimensions exceeded supported range."), Memory },
        { new ExternalException("CUDA error: an illegal memory access was encountered\nCUDA kernel errors"), Driver },
        { new ExternalException("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED"), Driver },
        { new ExternalException("Expected all tensors to be on the same device."), "failed in run roses-1: ExternalException: Expected all tensors to be on the same device." },
        { new IOException("Input/output error : '/data/x'"), "failed in run roses-1: IOException: Input/output error : '/data/x'." },
    };

    private const string Memory = "Try a smaller batch, smaller images, fewer replicas, or more memory.";
    private const string Driver = "restart its silo, look at what its driver says";

    [Theory]
    [MemberData(nameof(Faults))]
    public void AFault_IsToldWithDeviceRunAndRemedy(Exception reason, string told)
    {
        Assert.True(DeviceFault.Is(reason));

        var lost = DeviceFault.Of(reason, "cuda:1", "roses-1");

        Assert.StartsWith("cuda:1 ", lost.Message, StringComparison.Ordinal);
        Assert.Contains("run roses-1", lost.Message, StringComparison.Ordinal);
        Assert.Contains(told, lost.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', lost.Message);
        Assert.Same(reason, lost.InnerException);
        Assert.False(lost.IsUnreachable);
    }

    [Fact]
    public void WhatLibtorchSaysOnAProcessorWithTooLittleMemory_IsToldAsThat()
    {
        using var scope = NewDisposeScope();
        var reason = Assert.ThrowsAny<ExternalException>(() => empty(1L << 50));

        Assert.Contains("has too little memory for run roses-1", DeviceFault.Of(reason, "cpu:0", "roses-1").Message, StringComparison.Ordinal);
    }
}
