using System.Collections.Frozen;
using System.Diagnostics;
using DistributedFreeze.Inference.Runtime;
using DistributedFreeze.Training.Diagnosis;
using DistributedFreeze.Training.Native;
using DistributedFreeze.Training.Replicas;

namespace DistributedFreeze.Cli.Doctor;

/// <summary>What has to be asked of a native library, which may end the process instead of answering.</summary>
internal static class NativeProbe
{
    public const string Torch = "libtorch";
    public const string Onnx = "onnx";

    private static readonly FrozenDictionary<string, Func<Action<ProbeLine>, Task>> All = new Dictionary<string, Func<Action<ProbeLine>, Task>>(StringComparer.Ordinal)
    {
        [Torch] = TorchAsync,
        [Onnx] = OnnxAsync,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Whether there is a probe of a name.</summary>
    public static bool IsKnown(string name) => All.ContainsKey(name);

    /// <summary>Asks in this process.</summary>
    /// <param name="name">One of the constants.</param>
    /// <param name="tell">Takes each line as soon as it is known.</param>
    public static async Task RunAsync(string name, Action<ProbeLine> tell)
    {
        try
        {
            await All[name](tell);
        }
        catch (Exception broken) when (broken is LibTorchException or InferenceException)
        {
            tell(new() { Problem = broken.Message });
        }
        catch (Exception unexpected)
        {
            // A library that is broken may fail in any way; this is what the command is there to tell.
            tell(new() { Problem = $"{unexpected.GetType().Name}: {unexpected.Message}" });
        }
    }

    private static async Task TorchAsync(Action<ProbeLine> tell)
    {
        tell(new() { Doing = "loaded libtorch" });
        tell(new() { Torch = TorchFacts.Read() });
        tell(new() { Doing = "looked for GPUs" });
        var gpus = DeviceDiscovery.Find(cpuSlots: 0);
        tell(new() { Gpus = [.. gpus.Select(gpu => new GpuFacts(gpu.Name, gpu.Model, gpu.MemoryBytes > 0 ? gpu.MemoryBytes : null, FreeOf(gpu.Name), gpu.Capability, gpu.Driver))] });
        foreach (var device in gpus.Select(gpu => gpu.Name).Prepend("cpu"))
        {
            var cases = ConvolutionCase.OfResNet50;
            var start = Stopwatch.GetTimestamp();
            var faults = await new ConvolutionCheck().FaultsAsync(device, cases, one => tell(new() { Doing = $"computed a convolution on {device} ({one})" }));
            tell(new() { Convolutions = new(device, cases.Length, Stopwatch.GetElapsedTime(start).TotalSeconds, faults) });
        }
    }

    /// <summary>As the driver numbers GPUs, which libtorch asks, too: nvidia-smi goes by their place on the bus, and heeds no CUDA_VISIBLE_DEVICES.</summary>
    private static long? FreeOf(string gpu) => GpuMemory.FreeOf(ReplicaDevice.Of(gpu).index) is > 0 and var bytes ? bytes : null;

    private static Task OnnxAsync(Action<ProbeLine> tell)
    {
        tell(new() { Doing = "loaded ONNX Runtime" });
        tell(new() { Onnx = new(OnnxLibrary.Version(), [.. OnnxLibrary.Providers()]) });
        return Task.CompletedTask;
    }
}
