using System.Collections.Immutable;
using DistributedFreeze.Coordination.Marks;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Native;

namespace DistributedFreeze.Cli.Doctor;

/// <summary>What is wrong with native libraries and GPUs, and what to do about it. Pure and thread-safe.</summary>
internal static class NativeFindings
{
    /// <param name="lines">What the probe of libtorch told.</param>
    public static IEnumerable<Finding> OfTorch(ImmutableArray<ProbeLine> lines)
    {
        var hasLoaded = lines.Any(line => line.Torch is not null);
        foreach (var problem in lines.Select(line => line.Problem).OfType<string>())
        {
            yield return hasLoaded
                ? new("libtorch", $"It could not be tried: {problem}", $"Try {DeathWords.CrashAdvice}", Stops: true)
                : new("libtorch", problem, problem.Contains("its process", StringComparison.Ordinal) ? $"Try {DeathWords.CrashAdvice}" : null, Stops: true);
        }

        foreach (var tried in lines.Select(line => line.Convolutions).OfType<ConvolutionFacts>().Where(tried => tried.Faults.Length > 0))
        {
            yield return new(
                tried.Device,
                $"It computes {tried.Faults.Length} of {tried.Tried} convolutions wrongly, first of all {tried.Faults[0]}",
                tried.Device == "cpu"
                    ? $"Set {DeathWords.WithoutAvx512} in the environment, and if that is not enough {DeathWords.WithoutAvx2}: oneDNN then takes other kernels, slower ones, with other low bits"
                    : "Restart the machine, look at what its driver says (nvidia-smi -q, the system's log for Xid), and take the GPU out if that does not help",
                Stops: true);
        }
    }

    /// <param name="lines">What the probe of ONNX Runtime told.</param>
    /// <param name="hasGpu">Whether libtorch found a GPU.</param>
    public static IEnumerable<Finding> OfOnnx(ImmutableArray<ProbeLine> lines, bool hasGpu)
    {
        foreach (var problem in lines.Select(line => line.Problem).OfType<string>())
        {
            yield return new("ONNX Runtime", problem, "Until that is mended, train with --prefix-engine torch", Stops: true);
        }

        if (hasGpu && lines.Any(line => line.Onnx is { } onnx && !onnx.Providers.Contains(PrefixProvider.Cuda)))
        {
            yield return new(
                "ONNX Runtime", "It was built without CUDA, so that TorchSharp evaluates frozen layers on the GPU, and a base of one's own stays on the processor",
                "For such a base, build with -p:TorchBackend=cuda", Stops: false);
        }
    }

    /// <param name="found">GPUs that libtorch found; null where it could not look.</param>
    /// <param name="hasDriver">Whether NVIDIA's driver is there for programs.</param>
    /// <param name="hasDevice">Whether the system has such a device.</param>
    public static IEnumerable<Finding> OfGpus(int? found, bool hasDriver, bool hasDevice)
    {
        if (found is not 0)
        {
            yield break;
        }

        if (hasDriver && OperatingSystem.IsLinux())
        {
            yield return new(
                "GPU", "NVIDIA's driver (libcuda.so.1) is there, but libtorch finds no GPU",
                $"If this libtorch is for the processor alone, build with -p:TorchBackend=cuda, or name one for CUDA by {LibTorch.Variable}; else look whether nvidia-smi lists a GPU, whether its driver is new enough for that CUDA, and whether CUDA_VISIBLE_DEVICES hides it", Stops: false);
        }
        else if (hasDevice)
        {
            yield return new(
                "GPU", "There is an NVIDIA device, but not the driver's library libcuda.so.1",
                "In a container, start it with the GPU (docker run --gpus all, or a resource nvidia.com/gpu in Kubernetes); elsewhere install the driver", Stops: false);
        }
    }
}
