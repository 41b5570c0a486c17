using System.Collections.Immutable;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Doctor;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Client.Tests.Doctor;

/// <summary>What is made of what the probes of native libraries tell.</summary>
public sealed class ExaminationTests
{
    private static readonly ImmutableArray<ProbeLine> Onnx = [new() { Onnx = new("1.31.1", [PrefixProvider.Cpu]) }];

    private static readonly ImmutableArray<ProbeLine> Torch =
    [
        new() { Torch = new("/lib", "2.10.0", null, null, "3.7.1", "AVX2") },
        new() { Gpus = [] },
        new() { Convolutions = new("cpu", 26, 1, []) },
    ];

    [Fact]
    public async Task WhereAllIsThere_ARunWouldWork()
    {
        var (found, text) = await OfAsync(Torch, Onnx);

        Assert.True(found.Works);
        Assert.Equal(new RunFacts("cpu", 4, PrefixEngine.Onnx, PrefixProvider.Cpu), found.Run);
        Assert.Contains("A run        would train on the processor, on up to 4 replicas, frozen layers by the prefix engine onnx on cpu", text, StringComparison.Ordinal);
        Assert.DoesNotContain("error:", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OnGpus_ARunTakesThem_AndOnnxRuntimeWithoutCudaIsSaid()
    {
        ImmutableArray<ProbeLine> torch = [Torch[0], new() { Gpus = [new("cuda:0", "NVIDIA H200", 150_754_820_096, 150_000_000_000, "9.0", "570.86.15, CUDA 12.8"), new("cuda:1", "GPU", null, null, null, null)] }];

        var (found, text) = await OfAsync(torch, Onnx);
        var (withCuda, _) = await OfAsync(torch, [new() { Onnx = new("1.31.1", [PrefixProvider.Cuda, PrefixProvider.Cpu]) }]);

        Assert.True(found.Works);
        Assert.Equal(new RunFacts("cuda", 2, PrefixEngine.Torch, PrefixProvider.Cuda), found.Run);
        Assert.Contains("cuda:0       NVIDIA H200, 151 GB, 150 GB free, compute capability 9.0, driver 570.86.15, CUDA 12.8", text, StringComparison.Ordinal);
        Assert.Contains($"cuda:1       GPU{Environment.NewLine}", text, StringComparison.Ordinal);
        Assert.Contains("warning: ONNX Runtime: It was built without CUDA, so that TorchSharp evaluates frozen layers on the GPU, and a base of one's own stays on the processor. For such a base, build with", text, StringComparison.Ordinal);
        Assert.Equal(new RunFacts("cuda", 2, PrefixEngine.Onnx, PrefixProvider.Cuda), withCuda.Run);
        Assert.DoesNotContain(withCuda.Findings, finding => finding.About == "ONNX Runtime");
    }

    [Fact]
    public async Task AWrongConvolution_StopsRuns_AndNamesTheVariableThatHelps()
    {
        var (found, text) = await OfAsync([.. Torch[..2], new() { Convolutions = new("cpu", 26, 1, ["64 to 64 channels: 1, 2, 1", "another"]) }], Onnx);

        Assert.False(found.Works);
        Assert.Null(found.Run);
        Assert.Contains("Convolutions on cpu: 26 tried with their gradients in 1.0 s, 2 WRONG", text, StringComparison.Ordinal);
        Assert.Contains(
            "error: cpu: It computes 2 of 26 convolutions wrongly, first of all 64 to 64 channels: 1, 2, 1. Set ONEDNN_MAX_CPU_ISA=AVX2 in the environment", text, StringComparison.Ordinal);
        Assert.Contains("A run        would fail, see below", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AWrongGpu_IsNotSaidToBeOneDnns()
    {
        var (found, _) = await OfAsync([.. Torch, new() { Convolutions = new("cuda:1", 26, 1, ["one"]) }], Onnx);

        var fault = Assert.Single(found.Findings, finding => finding.Stops);
        Assert.Equal("cuda:1", fault.About);
        Assert.DoesNotContain("ONEDNN", fault.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatDoesNotLoad_IsToldBesideAllTheRest()
    {
        var (found, text) = await OfAsync([new() { Doing = "loaded libtorch" }, new() { Problem = "libc10.so is missing." }], [new() { Problem = "ONNX Runtime does not load on this host." }]);

        Assert.Equal(["libtorch", "ONNX Runtime"], found.Findings.Where(finding => finding.Stops).Select(finding => finding.About));
        Assert.Contains("error: libtorch: libc10.so is missing.", text, StringComparison.Ordinal);
        Assert.Contains("train with --prefix-engine torch", text, StringComparison.Ordinal);
        Assert.NotNull(found.System);
        Assert.NotNull(found.Processor);
        Assert.NotNull(found.Memory);
        Assert.NotNull(found.Cache);
    }

    [Theory]
    [InlineData(null, true, true, null)]
    [InlineData(1, true, true, null)]
    [InlineData(0, false, false, null)]
    [InlineData(0, true, true, "NVIDIA's driver (libcuda.so.1) is there, but libtorch finds no GPU")]
    [InlineData(0, false, true, "There is an NVIDIA device, but not the driver's library libcuda.so.1")]
    public void AGpuThatIsNotFound_IsSaidWhereThereIsASignOfOne(int? found, bool hasDriver, bool hasDevice, string? expected)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "It is about Linux's driver.");
        Assert.Equal(expected, NativeFindings.OfGpus(found, hasDriver, hasDevice).SingleOrDefault()?.What);
    }

    private static async Task<(Diagnosis Found, string Text)> OfAsync(ImmutableArray<ProbeLine> torch, ImmutableArray<ProbeLine> onnx)
    {
        var found = await new Examination((probe, _) => Task.FromResult(probe == NativeProbe.Torch ? torch : onnx)).RunAsync(TestContext.Current.CancellationToken);
        using var output = new StringWriter();
        new DoctorText(new CommandConsole(output, TextWriter.Null, outputIsTerminal: false, errorIsTerminal: false)).Write(found);
        return (found, output.ToString());
    }
}
