using System.Runtime.InteropServices;
using DistributedFreeze.Coordination.Marks;
using DistributedFreeze.Errors;
using DistributedFreeze.Inference.Runtime;

namespace DistributedFreeze.Training.Replicas;

/// <summary>What a device, its memory or its disk broke down with, in words for a person. Pure and thread-safe.</summary>
internal static class DeviceFault
{
    /// <summary>How libtorch, CUDA and its libraries, ONNX Runtime and C++ say that memory ran out.</summary>
    private static readonly string[] MemoryWords =
        ["out of memory", "not enough memory", "can't allocate memory", "allocate memory", "ALLOC_FAILED", "bad_alloc", "bad allocation"];

    /// <summary>How errors of a GPU, its driver and its libraries begin.</summary>
    private static readonly string[] DriverWords = ["CUDA", "cuDNN", "CUDNN", "CUBLAS", "cuBLAS", "NVML", "device-side assert"];

    /// <summary>Whether an exception loses the replica and not the run. Errors of libtorch are <see cref="ExternalException"/>s.</summary>
    public static bool Is(Exception reason) => reason is ExternalException or InferenceException or OutOfMemoryException or IOException;

    /// <param name="reason">What was thrown on the device's thread.</param>
    /// <param name="device">The device's name within its silo.</param>
    /// <param name="runId">The run.</param>
    /// <returns>Which device, which run, and what to try.</returns>
    public static ReplicaLostException Of(Exception reason, string device, string? runId)
    {
        var said = reason.Message.Split('\n', 2)[0].TrimEnd(' ', '.', '\r');
        return new(
            IsOfMemory(reason) ? $"{device} has too little memory for run {runId} ({said}). Try {DeathWords.MemoryAdvice}."
            : reason is ExternalException && Has(said, DriverWords) ? $"{device} failed in run {runId} ({said}). {DriverAdvice}"
            : $"{device} failed in run {runId}: {reason.GetType().Name}: {said}.",
            reason);
    }

    private const string DriverAdvice =
        "If it fails again, restart its silo, look at what its driver says (nvidia-smi -q, the system's log for Xid), and take it out if that does not help.";

    private static bool IsOfMemory(Exception reason) => reason is OutOfMemoryException || (reason is not IOException && Has(reason.Message, MemoryWords));

    private static bool Has(string text, string[] words) => Array.Exists(words, word => text.Contains(word, StringComparison.OrdinalIgnoreCase));
}
