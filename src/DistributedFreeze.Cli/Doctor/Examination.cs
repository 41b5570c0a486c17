using System.Collections.Immutable;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Native;

namespace DistributedFreeze.Cli.Doctor;

/// <summary>Asks every probe, and puts together what they found. A probe that fails is a finding, and the others go on.</summary>
/// <param name="ask">Asks a <see cref="NativeProbe"/>.</param>
internal sealed class Examination(Func<string, CancellationToken, Task<ImmutableArray<ProbeLine>>> ask)
{
    private readonly List<Finding> _findings = [];

    /// <summary>In processes of their own where that may be.</summary>
    public Examination()
        : this(ProbeProcess.AskAsync)
    {
    }

    /// <param name="cancellationToken">Breaks it off.</param>
    public async Task<Diagnosis> RunAsync(CancellationToken cancellationToken)
    {
        var program = Look("program", HostProbe.Program);
        var system = Look("system", HostProbe.System, HostProbe.FindingsOf);
        var processor = Look("processor", HostProbe.Processor);
        var memory = Look("memory", HostProbe.Memory, HostProbe.FindingsOf);
        var cache = Look("cache", () => CacheProbe.Look(FeatureDirectory.Default), CacheProbe.FindingsOf);
        var torch = await ask(NativeProbe.Torch, cancellationToken);
        var onnx = await ask(NativeProbe.Onnx, cancellationToken);
        var gpus = torch.Select(line => line.Gpus).FirstOrDefault(found => found is not null);
        var runtime = onnx.Select(line => line.Onnx).FirstOrDefault(found => found is not null);
        _findings.AddRange(NativeFindings.OfTorch(torch));
        _findings.AddRange(NativeFindings.OfOnnx(onnx, gpus is { Length: > 0 }));
        _findings.AddRange(NativeFindings.OfGpus(gpus?.Length, GpuDriver.MayBePresent, HasGpuDevice()));
        return new()
        {
            Program = program,
            System = system,
            Processor = processor,
            Memory = memory,
            LibTorch = torch.Select(line => line.Torch).FirstOrDefault(found => found is not null),
            OnnxRuntime = runtime,
            Gpus = gpus ?? [],
            Convolutions = [.. torch.Select(line => line.Convolutions).OfType<ConvolutionFacts>()],
            Cache = cache,
            Run = _findings.Exists(finding => finding.Stops) ? null : RunOn(gpus?.Length ?? 0, runtime),
            Findings = [.. _findings.OrderByDescending(finding => finding.Stops)],
        };
    }

    private static bool HasGpuDevice() => OperatingSystem.IsLinux() && Directory.EnumerateFileSystemEntries("/dev", "nvidia?").Any();

    /// <summary>As devices are found, and providers chosen, for a run that says nothing.</summary>
    private static RunFacts RunOn(int gpus, OnnxFacts? onnx)
    {
        var spec = new RunSpec { Data = new() { Path = "" }, Output = "", Phases = [] };
        var engine = gpus > 0 && onnx?.Providers.Contains(PrefixProvider.Cuda) != true ? PrefixEngine.Torch : spec.Features.Engine;
        return new(gpus > 0 ? "cuda" : "cpu", gpus > 0 ? Math.Min(spec.Shards, gpus) : spec.Shards, engine, gpus > 0 ? PrefixProvider.Cuda : PrefixProvider.Cpu);
    }

    private T? Look<T>(string about, Func<T> probe, Func<T, IEnumerable<Finding>>? findings = null)
        where T : class
    {
        try
        {
            var facts = probe();
            _findings.AddRange(findings?.Invoke(facts) ?? []);
            return facts;
        }
        catch (Exception failed)
        {
            // Whatever it was, the person who asks has to hear of it, and of all the rest.
            _findings.Add(new(about, $"It could not be looked at: {failed.GetType().Name}: {failed.Message}", Advice: null, Stops: false));
            return null;
        }
    }
}
