using DistributedFreeze.Data;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Features.Engines;
using DistributedFreeze.Training.Native;

namespace DistributedFreeze.Training.Runs;

/// <summary>Runs in bf16 hold the laws, too, and learn what fp32 learns.</summary>
[Slow(seconds: 60)]
public sealed class PrecisionTests : IDisposable
{
    private readonly SmallRuns _runs = new();

    public void Dispose() => _runs.Dispose();

    [Fact]
    public async Task InBf16_ReplicasAndTheCacheChangeNoBit()
    {
        var off = await ModelAsync("off", 1, FeatureCacheMode.Off);
        var two = await ModelAsync("two", 2, FeatureCacheMode.On);
        var three = await ModelAsync("three", 3, FeatureCacheMode.Off);

        Assert.All((string[])[two, three], model => Assert.Equal(off, model));
        Assert.NotEqual(off, await ModelAsync("fp32", 1, FeatureCacheMode.On, RunPrecision.Fp32));
    }

    [Fact]
    public async Task AReceipt_SaysInWhichNumbersTheRunWas()
    {
        var receipt = await ReceiptAsync("said", 1, FeatureCacheMode.On, RunPrecision.Bf16);

        Assert.Equal(RunPrecision.Bf16, receipt.Spec.Precision);
        Assert.Equal(($"cpu {InstructionSet.OfBfloat16}", TorchFacts.OfThisProcess.Version!), (receipt.Platform!.Device, receipt.Platform.LibTorch));
        Assert.Equal(TorchFacts.Read().OneDnn, receipt.Platform.OneDnn);
        Assert.Equal(TorchPrefixEngine.IdOf(TorchSharp.torch.CPU, 1, RunPrecision.Bf16), receipt.Platform.PrefixEngine);
        Assert.Contains("\"precision\": \"bf16\"", File.ReadAllText(Path.Combine(receipt.Spec.Output, "receipt.json")), StringComparison.Ordinal);
    }

    /// <summary>A processor has no TF32; where nothing refused the run before, the replica does, before it loads weights.</summary>
    [Fact]
    public async Task InTf32_AReplicaOnTheProcessorRefusesTheRun()
    {
        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => ReceiptAsync("tf32", 1, FeatureCacheMode.On, RunPrecision.Tf32));

        Assert.Equal("precision", Assert.Single(refused.Problems).Field);
    }

    /// <summary>The images of the command's demo, and its run; the tail of a second one trains, too.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    public async Task InBf16_ARunLearnsWhatItLearnsInFp32(int layers)
    {
        var images = _runs.In("demo");
        DemoImages.Write(images, seed: 0, 64, trainPerClass: 40, validationPerClass: 10, testPerClass: 25);

        var (whole, half) = (await AccuracyAsync(RunPrecision.Fp32), await AccuracyAsync(RunPrecision.Bf16));

        Assert.InRange(whole, 0.5, 1); // more than chance, which is 0.25
        Assert.InRange(half, whole - 0.08, whole + 0.08); // of 100 images

        async Task<double> AccuracyAsync(RunPrecision precision) => (await LocalRun.RunAsync(
            new()
            {
                Data = new() { Path = images, ImageSize = 64, Preprocessing = Preprocessing.Torch },
                Model = new() { RandomWeights = true },
                Phases = [new() { Epochs = layers == 0 ? 40 : 6, Freeze = new FreezePolicy.LastLayers(layers), Optimizer = new() { LearningRate = layers == 0 ? 3e-3 : 1e-3 } }],
                BatchSize = 32,
                Shards = 8,
                Output = _runs.In($"{precision}-{layers}"),
                Precision = precision,
                Features = new() { DiskBytes = 0 },
            },
            replicas: 2)).Receipt!.TestAccuracy!.Value;
    }

    private async Task<string> ModelAsync(string name, int replicas, FeatureCacheMode cache, RunPrecision precision = RunPrecision.Bf16) =>
        (await ReceiptAsync(name, replicas, cache, precision)).ModelSha256;

    private async Task<Receipt> ReceiptAsync(string name, int replicas, FeatureCacheMode cache, RunPrecision precision)
    {
        var spec = _runs.TwoPhases(name);
        spec = spec with { Precision = precision, Data = spec.Data with { ImageSize = 33 }, Features = new() { Cache = cache, DiskBytes = 0 } };
        return (await LocalRun.RunAsync(spec, replicas)).Receipt!;
    }
}
