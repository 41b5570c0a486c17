using System.Collections.Immutable;
using DistributedFreeze.Coordination.Devices;
using DistributedFreeze.Devices;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Features.Engines;
using DistributedFreeze.Training.Native;
using TorchSharp;

namespace DistributedFreeze.Training.Replicas;

/// <summary>Finds what this process can compute on.</summary>
public static class DeviceDiscovery
{
    /// <summary>Whether this process needs libtorch: not where it has no slots and the host has no GPU driver.</summary>
    /// <param name="cpuSlots">As at <see cref="Find"/>.</param>
    public static bool NeedsLibTorch(int? cpuSlots) => cpuSlots != 0 || GpuDriver.MayBePresent;

    /// <summary>Every GPU, and slots of the processor. libtorch is loaded where it is needed.</summary>
    /// <exception cref="LibTorchException">libtorch is missing or broken.</exception>
    /// <param name="cpuSlots">Number of slots, at least 0; null takes one per processor where there is no GPU, else none.</param>
    public static ImmutableArray<FoundDevice> Find(int? cpuSlots)
    {
        if (!NeedsLibTorch(cpuSlots))
        {
            return [];
        }

        LibTorch.EnsureLoaded();
        var gpus = Gpus;
        return Of(GpuDescription.OfThisHost(gpus), cpuSlots, TorchFacts.OfThisProcess);
    }

    /// <summary>The class of a device of this process, as <see cref="DeviceClass"/> writes it.</summary>
    /// <param name="device">Its name, such as <c>cuda:0</c>, or what torch calls it.</param>
    internal static string ClassOf(string device) => DeviceKind.IsGpu(device)
        ? GpuIdentity.Of(ReplicaDevice.Of(device).index)
        : DeviceClass.Of(device, DeviceKind.Processor, InstructionSet.OfAll, driver: null, TorchFacts.OfThisProcess.ProcessorLibraries).ToString();

    /// <summary>Refuses a run for which this process has no device, before anything of it starts. libtorch is loaded.</summary>
    /// <param name="spec">The run.</param>
    /// <exception cref="InvalidInputException">It is for GPUs, and there is none; says what there is.</exception>
    /// <exception cref="LibTorchException">libtorch is missing or broken.</exception>
    public static void Require(RunSpec spec)
    {
        LibTorch.EnsureLoaded();
        _ = TakesGpus(spec);
    }

    /// <summary>Whether a run that is alone in this process is on its GPUs.</summary>
    /// <exception cref="InvalidInputException">It is for GPUs, and there is none.</exception>
    internal static bool TakesGpus(RunSpec spec) => TakesGpus(spec, Gpus);

    /// <summary>A run as this process can look at its data: where it is for GPUs and there is none, on the processor and in fp32.</summary>
    /// <param name="spec">The run.</param>
    /// <returns>The same run where there is what it is for, with null; else another one, and what is to be said of it.</returns>
    internal static (RunSpec Spec, string? Warning) OnWhatIsThere(RunSpec spec) => OnWhatIsThere(spec, Gpus);

    internal static (RunSpec Spec, string? Warning) OnWhatIsThere(RunSpec spec, int gpus)
    {
        if (gpus > 0 || (PrecisionNeeds.DeviceOf(spec) != DeviceChoice.Cuda && spec.Features.Provider is PrefixProvider.Auto or PrefixProvider.Cpu))
        {
            return (spec, null);
        }

        var precision = spec.Precision == RunPrecision.Tf32 ? RunPrecision.Fp32 : spec.Precision;
        return (
            spec with { Device = DeviceChoice.Cpu, Precision = precision, Features = spec.Features with { Provider = PrefixProvider.Cpu } },
            $"The run is for a GPU, and libtorch finds none here: its images were looked at on the processor in {RunEnums.NameOf(precision)}; a run on a GPU computes their features anew");
    }

    internal static bool TakesGpus(RunSpec spec, int gpus) => PrecisionNeeds.DeviceOf(spec) switch
    {
        DeviceChoice.Cpu => false,
        DeviceChoice.Cuda when gpus == 0 && spec.Device != DeviceChoice.Cuda => throw new InvalidInputException(
            "precision",
            $"is {RunEnums.NameOf(spec.Precision)}, which NVIDIA's GPUs alone have, and libtorch finds none here: {Missing}; take fp32, or bf16, which the processor has, too"),
        DeviceChoice.Cuda when gpus == 0 => throw new InvalidInputException(
            "device",
            $"is cuda, but libtorch finds no GPU here, only {Environment.ProcessorCount} processors: {Missing}; take a machine with an NVIDIA GPU, or auto or cpu"),
        _ => gpus > 0,
    };

    /// <param name="gpus">Each GPU that libtorch finds.</param>
    /// <param name="cpuSlots">As at <see cref="Find"/>.</param>
    /// <param name="torch">What computes on them.</param>
    internal static ImmutableArray<FoundDevice> Of(ImmutableArray<GpuDescription> gpus, int? cpuSlots, TorchFacts torch) =>
    [
        .. gpus.Select((gpu, i) => new FoundDevice($"{DeviceKind.Gpu}:{i}", gpu.Model, gpu.MemoryBytes) { Capability = gpu.Capability, Driver = gpu.Driver, Libraries = torch.Libraries }),
        .. Enumerable.Range(0, cpuSlots ?? (gpus.IsEmpty ? Environment.ProcessorCount : 0)).Select(i => new FoundDevice($"{DeviceKind.Processor}:{i}", "cpu", 0) { Capability = InstructionSet.OfAll, Libraries = torch.ProcessorLibraries }),
    ];

    /// <summary>How many GPUs there are. Where there are any, their libraries are told to give the same bits each time, before the first of them computes.</summary>
    private static int Gpus
    {
        get
        {
            if (!torch.cuda.is_available())
            {
                return 0;
            }

            CudaDeterminism.Ensure();
            return torch.cuda.device_count();
        }
    }

    private static string Missing => !GpuDriver.MayBePresent ? "there is no NVIDIA driver (libcuda.so.1)" : $"a driver is there, and libtorch {TorchFacts.OfThisProcess.Version ?? torch.__version__} is built without CUDA or does not get on with it";
}
