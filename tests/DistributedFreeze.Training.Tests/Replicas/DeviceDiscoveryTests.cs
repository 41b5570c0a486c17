using DistributedFreeze.Coordination.Devices;
using DistributedFreeze.Devices;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Features.Engines;
using DistributedFreeze.Training.Native;

namespace DistributedFreeze.Training.Replicas;

public sealed class DeviceDiscoveryTests
{
    private static readonly TorchFacts Torch = new(null, "2.10.0", "12.8", null, "3.7.1", null);
    private static readonly RunSpec Run = new() { Data = new() { Path = "" }, Phases = [], Output = "" };

    [Theory]
    [InlineData(0, 2, "cpu:0 cpu:1")]
    [InlineData(1, 2, "cuda:0 cpu:0 cpu:1")]
    [InlineData(2, 0, "cuda:0 cuda:1")]
    [InlineData(1, null, "cuda:0")]
    public void SlotsOfTheProcessor_AreThereOnRequestBesideGpus(int gpus, int? slots, string expected) =>
        Assert.Equal(expected, string.Join(' ', DeviceDiscovery.Of(GpuDescription.AsCounted(gpus, []), slots, Torch).Select(device => device.Name)));

    [Fact]
    public void AGpu_IsDescribedByItsDriver_UnlessThatCountsOthers()
    {
        GpuDescription[] described = [new("NVIDIA H200", 100, "9.0", "570, CUDA 12.8"), new("NVIDIA A100", 50, "8.0", "570, CUDA 12.8")];

        var found = DeviceDiscovery.Of(GpuDescription.AsCounted(2, [.. described]), cpuSlots: 1, Torch);
        var unknown = DeviceDiscovery.Of(GpuDescription.AsCounted(1, [.. described]), cpuSlots: 0, Torch);

        Assert.Equal(
            [
                new("cuda:0", "NVIDIA H200", 100) { Capability = "9.0", Driver = "570, CUDA 12.8", Libraries = "libtorch 2.10.0, CUDA 12.8" },
                new("cuda:1", "NVIDIA A100", 50) { Capability = "8.0", Driver = "570, CUDA 12.8", Libraries = "libtorch 2.10.0, CUDA 12.8" },
                new FoundDevice("cpu:0", "cpu", 0) { Capability = InstructionSet.OfAll, Libraries = "libtorch 2.10.0, oneDNN 3.7.1" },
            ],
            found);
        Assert.Equal([new FoundDevice("cuda:0", "GPU", 0) { Libraries = "libtorch 2.10.0, CUDA 12.8" }], unknown);
        Assert.Equal("NVIDIA A100, capability 8.0, driver 570, CUDA 12.8, libtorch 2.10.0", GpuIdentity.Of(1, described[1], "libtorch 2.10.0"));
    }

    /// <summary>Processors of other instructions have other kernels, and those other low bits.</summary>
    [Fact]
    public void TheProcessorsClass_NamesItsInstructionsAndItsLibrary_AndIsThatWhichASiloReports()
    {
        var reported = DeviceDiscovery.Find(cpuSlots: 1)[^1];

        Assert.Equal($"cpu {InstructionSet.OfAll}, {TorchFacts.OfThisProcess.ProcessorLibraries}", DeviceDiscovery.ClassOf("cpu"));
        Assert.Equal(DeviceDiscovery.ClassOf("cpu"), DeviceClass.Of(reported.Name, reported.Model, reported.Capability, reported.Driver, reported.Libraries).ToString());
    }

    [Theory]
    [InlineData(DeviceChoice.Auto, 0, false)]
    [InlineData(DeviceChoice.Auto, 1, true)]
    [InlineData(DeviceChoice.Cuda, 2, true)]
    [InlineData(DeviceChoice.Cpu, 2, false)]
    public void ARunByItself_IsOnTheGpusUnlessItIsForTheProcessor(DeviceChoice device, int gpus, bool takesGpus) =>
        Assert.Equal(takesGpus, DeviceDiscovery.TakesGpus(Run with { Device = device }, gpus));

    [Fact]
    public void ARunForGpus_IsRefusedWhereThereIsNone_ByTheFieldAndWhatWasFound()
    {
        var problem = Assert.Single(Assert.Throws<InvalidInputException>(() => DeviceDiscovery.TakesGpus(Run with { Device = DeviceChoice.Cuda }, gpus: 0)).Problems);

        Assert.Equal("device", problem.Field);
        Assert.Contains($"finds no GPU here, only {Environment.ProcessorCount} processors", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ARunInTf32_IsForGpus_AndRefusedByItsPrecisionWhereThereIsNone()
    {
        var problem = Assert.Single(Assert.Throws<InvalidInputException>(() => DeviceDiscovery.TakesGpus(Run with { Precision = RunPrecision.Tf32 }, gpus: 0)).Problems);

        Assert.Equal("precision", problem.Field);
        Assert.Contains("is tf32, which NVIDIA's GPUs alone have", problem.Message, StringComparison.Ordinal);
        Assert.True(DeviceDiscovery.TakesGpus(Run with { Precision = RunPrecision.Tf32 }, gpus: 1));
    }

    [Theory]
    [InlineData(DeviceChoice.Auto, RunPrecision.Tf32, PrefixProvider.Auto, RunPrecision.Fp32)]
    [InlineData(DeviceChoice.Cuda, RunPrecision.Bf16, PrefixProvider.Auto, RunPrecision.Bf16)]
    [InlineData(DeviceChoice.Auto, RunPrecision.Fp32, PrefixProvider.Cuda, RunPrecision.Fp32)]
    public void WhereThereIsNoGpu_TheDataOfARunForOneAreLookedAtOnTheProcessor(DeviceChoice device, RunPrecision precision, PrefixProvider provider, RunPrecision looked)
    {
        var run = Run with { Device = device, Precision = precision, Features = new() { Provider = provider } };

        var (spec, warning) = DeviceDiscovery.OnWhatIsThere(run, gpus: 0);

        Assert.Equal((DeviceChoice.Cpu, looked, PrefixProvider.Cpu), (spec.Device, spec.Precision, spec.Features.Provider));
        Assert.Contains($"on the processor in {RunEnums.NameOf(looked)}", warning, StringComparison.Ordinal);
        Assert.Equal((run, null), DeviceDiscovery.OnWhatIsThere(run, gpus: 1));
    }

    [Theory]
    [InlineData(DeviceChoice.Auto, RunPrecision.Fp32)]
    [InlineData(DeviceChoice.Cpu, RunPrecision.Bf16)]
    public void AnyOtherRun_IsLookedAtAsItIs(DeviceChoice device, RunPrecision precision)
    {
        var run = Run with { Device = device, Precision = precision };

        Assert.Equal((run, null), DeviceDiscovery.OnWhatIsThere(run, gpus: 0));
    }
}
