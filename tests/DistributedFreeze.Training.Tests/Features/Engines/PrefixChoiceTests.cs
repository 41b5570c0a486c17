using DistributedFreeze.Runs;
using TorchSharp;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Features.Engines;

/// <summary>What evaluates the frozen layers of which run, on which device.</summary>
public sealed class PrefixChoiceTests
{
    private static readonly RunSpec Run = new() { Data = new() { Path = "" }, Phases = [], Output = "" };
    private static readonly ModelSpec Graph = new() { Base = "some.onnx" };

    [Theory]
    [InlineData(PrefixEngine.Onnx, PrefixProvider.Auto, RunPrecision.Fp32, false, true, "Onnx Cpu")]
    [InlineData(PrefixEngine.Onnx, PrefixProvider.Auto, RunPrecision.Fp32, true, true, "Onnx Cuda")]
    [InlineData(PrefixEngine.Onnx, PrefixProvider.Auto, RunPrecision.Fp32, true, false, "Torch")] // never silently on the processor
    [InlineData(PrefixEngine.Onnx, PrefixProvider.Cpu, RunPrecision.Fp32, true, false, "Onnx Cpu")] // but on purpose
    [InlineData(PrefixEngine.Onnx, PrefixProvider.Cuda, RunPrecision.Fp32, true, false, "Onnx Cuda")] // refused when it is made
    [InlineData(PrefixEngine.Onnx, PrefixProvider.Auto, RunPrecision.Tf32, true, true, "Onnx Cuda")]
    [InlineData(PrefixEngine.Onnx, PrefixProvider.Auto, RunPrecision.Bf16, true, true, "Torch")]
    [InlineData(PrefixEngine.Onnx, PrefixProvider.Auto, RunPrecision.Bf16, false, false, "Torch")]
    [InlineData(PrefixEngine.Torch, PrefixProvider.Auto, RunPrecision.Fp32, false, false, "Torch")]
    public void AReplicasPrefix_IsWhereTheReplicaIs(PrefixEngine engine, PrefixProvider provider, RunPrecision precision, bool hasGpu, bool hasCudaProvider, string chosen)
    {
        var spec = Run with { Precision = precision, Features = new() { Engine = engine, Provider = provider } };

        var found = PrefixEngines.Resolve(spec, hasGpu, Providers(hasCudaProvider));

        Assert.Equal(chosen, found.Engine == PrefixEngine.Torch ? "Torch" : $"{found.Engine} {found.Provider}");
    }

    [Theory]
    [InlineData(true, true, PrefixProvider.Cuda)]
    [InlineData(true, false, PrefixProvider.Cpu)] // nothing else evaluates it, and the run warns
    [InlineData(false, false, PrefixProvider.Cpu)]
    public void AGraph_IsOnnxRuntimes(bool hasGpu, bool hasCudaProvider, PrefixProvider provider) =>
        Assert.Equal(new(PrefixEngine.Onnx, provider), PrefixEngines.Resolve(Run with { Model = Graph }, hasGpu, Providers(hasCudaProvider)));

    [Fact]
    public void Numbers_AndDevices_HaveIdsOfTheirOwn() => Assert.Distinct(new[]
    {
        TorchPrefixEngine.IdOf(CPU, 1, RunPrecision.Fp32),
        TorchPrefixEngine.IdOf(CPU, 1, RunPrecision.Bf16),
        TorchPrefixEngine.IdOf(new(DeviceType.CUDA, 0), 1, RunPrecision.Fp32),
        TorchPrefixEngine.IdOf(new(DeviceType.CUDA, 0), 1, RunPrecision.Tf32),
        TorchPrefixEngine.IdOf(new(DeviceType.CUDA, 0), 1, RunPrecision.Bf16),
        OnnxPrefixEngine.IdOf(PrefixProvider.Cuda, RunPrecision.Fp32),
        OnnxPrefixEngine.IdOf(PrefixProvider.Cuda, RunPrecision.Tf32),
        OnnxPrefixEngine.IdOf(PrefixProvider.Cpu, RunPrecision.Fp32),
    });

    /// <summary>Or features that are kept would be computed again.</summary>
    [Fact]
    public void TheIdsOfFp32OnTheProcessor_AreWhatTheyWere()
    {
        Assert.Matches(@"^onnx-[0-9.]+-cpu-[a-z0-9-]+$", OnnxPrefixEngine.IdOf(PrefixProvider.Cpu, RunPrecision.Fp32));
        Assert.Matches($"^torch-[0-9.]+-cpu-{InstructionSet.OfOneDnn}-dense1x1-t2$", TorchPrefixEngine.IdOf(CPU, 2, RunPrecision.Fp32));
    }

    private static Func<IReadOnlyList<PrefixProvider>> Providers(bool hasCuda) => () => hasCuda ? [PrefixProvider.Cuda, PrefixProvider.Cpu] : [PrefixProvider.Cpu];
}
