using System.Collections.Immutable;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Native;

namespace DistributedFreeze.Cli.Doctor;

/// <summary>What was found of a machine and of this program on it. What could not be found out is null, and a finding says why.</summary>
internal sealed record Diagnosis
{
    public ProgramFacts? Program { get; init; }

    public SystemFacts? System { get; init; }

    public ProcessorFacts? Processor { get; init; }

    public MemoryFacts? Memory { get; init; }

    public TorchFacts? LibTorch { get; init; }

    public OnnxFacts? OnnxRuntime { get; init; }

    /// <summary>GPUs; the processor, which every machine has, is not among them.</summary>
    public ImmutableArray<GpuFacts> Gpus { get; init; } = [];

    /// <summary>The devices whose convolutions were tried.</summary>
    public ImmutableArray<ConvolutionFacts> Convolutions { get; init; } = [];

    public CacheFacts? Cache { get; init; }

    /// <summary>What a run would be computed on that says nothing about it; null where it would fail.</summary>
    public RunFacts? Run { get; init; }

    /// <summary>What is missing or bad, what stops a run first.</summary>
    public ImmutableArray<Finding> Findings { get; init; } = [];

    /// <summary>Whether a run would work.</summary>
    public bool Works => !Findings.Any(finding => finding.Stops);
}

/// <param name="Version">The program's.</param>
/// <param name="Runtime">.NET's name and version.</param>
/// <param name="Folder">Where the program lies.</param>
internal sealed record ProgramFacts(string Version, string Runtime, string Folder);

/// <param name="Name">The operating system's name and version.</param>
/// <param name="Kernel">The kernel's version.</param>
/// <param name="Architecture">Of the process, such as <c>x64</c>.</param>
/// <param name="LibC">Such as <c>glibc 2.39</c>; null for one that does not say, such as musl.</param>
internal sealed record SystemFacts(string Name, string Kernel, string Architecture, string? LibC);

/// <param name="Model">Its name; null where the system does not tell.</param>
/// <param name="Instructions">Vector instructions by which kernels are chosen, such as <c>x64-avx512</c>.</param>
/// <param name="Threads">Threads of the machine's processors.</param>
/// <param name="Usable">Of these, as many as this process may use: a container's limit or the affinity counts.</param>
/// <param name="Caches">Such as <c>L2 1024 KiB</c>; empty where the processor does not tell.</param>
internal sealed record ProcessorFacts(string? Model, string Instructions, int Threads, int Usable, ImmutableArray<string> Caches);

/// <param name="MachineBytes">Memory of the machine; null where the system does not tell.</param>
/// <param name="AvailableBytes">Of that, what could be used now.</param>
/// <param name="ProcessBytes">Memory that this process counts with: a container's limit counts.</param>
/// <param name="RunBytes">Of that, what runs may take.</param>
internal sealed record MemoryFacts(long? MachineBytes, long? AvailableBytes, long ProcessBytes, long RunBytes);

/// <param name="Version">The native library's.</param>
/// <param name="Providers">What it was built to evaluate on, the fastest first.</param>
internal sealed record OnnxFacts(string Version, ImmutableArray<PrefixProvider> Providers);

/// <param name="Device">Its name within this process, such as <c>cuda:0</c>.</param>
/// <param name="Model">What it is.</param>
/// <param name="MemoryBytes">Its memory; null where nobody says.</param>
/// <param name="FreeBytes">Of that, what is free now; null where nobody says.</param>
/// <param name="Capability">Its compute capability; null where nobody says.</param>
/// <param name="Driver">Its driver and the newest CUDA that this runs; null where nobody says.</param>
internal sealed record GpuFacts(string Device, string Model, long? MemoryBytes, long? FreeBytes, string? Capability, string? Driver);

/// <param name="Device">The device, such as <c>cpu</c>.</param>
/// <param name="Tried">How many convolutions were tried.</param>
/// <param name="Seconds">How long that took.</param>
/// <param name="Faults">What is wrong, a line for each convolution.</param>
internal sealed record ConvolutionFacts(string Device, int Tried, double Seconds, ImmutableArray<string> Faults);

/// <param name="Folder">The folder for the features of runs that name no other.</param>
/// <param name="Bytes">What is in it.</param>
/// <param name="FreeBytes">What its disk has left; null where nobody says.</param>
internal sealed record CacheFacts(string Folder, long Bytes, long? FreeBytes);

/// <param name="Device"><c>cuda</c> or <c>cpu</c>.</param>
/// <param name="MostReplicas">Replicas at most, with the default number of shards.</param>
/// <param name="PrefixEngine">What evaluates frozen layers.</param>
/// <param name="PrefixProvider">What that evaluates them on.</param>
internal sealed record RunFacts(string Device, int MostReplicas, PrefixEngine PrefixEngine, PrefixProvider PrefixProvider);
