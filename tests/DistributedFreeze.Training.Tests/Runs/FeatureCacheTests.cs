using DistributedFreeze.Freezing;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Runs;

/// <summary>Law 4 and law 3 together: keeping features changes nothing but time.</summary>
[Slow(seconds: 60)]
public sealed class FeatureCacheTests : IDisposable
{
    private readonly SmallRuns _runs = new();

    public void Dispose() => _runs.Dispose();

    [Theory]
    [InlineData(PrefixEngine.Torch, FeatureType.Fp32)]
    [InlineData(PrefixEngine.Onnx, FeatureType.Fp16)]
    public async Task KeepingFeatures_GivesTheSameBitsAsComputingThemAgain(PrefixEngine engine, FeatureType type)
    {
        var on = await ModelAsync($"on-{engine}-{type}", replicas: 2, new() { Cache = FeatureCacheMode.On, Engine = engine, Type = type });
        var off = await ModelAsync($"off-{engine}-{type}", replicas: 1, new() { Cache = FeatureCacheMode.Off, Engine = engine, Type = type });

        Assert.Equal(off, on);
    }

    [Fact]
    public async Task ColdWarmDiskAndMemory_GiveTheBitsOfComputingAgain()
    {
        var folder = _runs.In("cache");
        var disk = new FeatureSpec { Cache = FeatureCacheMode.On, Directory = folder, MemoryBytes = 0, DiskBytes = 1L << 30 };
        var cold = await ModelAsync("cold", 2, disk);
        var warm = await ModelAsync("warm", 3, disk);
        var memory = await ModelAsync("memory", 4, new() { Cache = FeatureCacheMode.On });
        var tight = await ModelAsync("tight", 2, new() { Cache = FeatureCacheMode.On, MemoryBytes = 100_000, DiskBytes = 0 });

        var off = await ModelAsync("off", 1, new() { Cache = FeatureCacheMode.Off });

        Assert.All((string[])[cold, warm, memory, tight], model => Assert.Equal(off, model));
    }

    [Theory]
    [InlineData(FeatureType.Fp32)]
    [InlineData(FeatureType.Fp16)]
    public async Task ADeeperPhase_GivesTheBitsOfPixels_WhateverIsKeptAlready(FeatureType type)
    {
        // conv5 first, so that what conv4 gives is kept; then a run of the head alone, whose prefix may go on from there.
        var cache = new FeatureSpec { Cache = FeatureCacheMode.On, Type = type, Directory = _runs.In("shared"), DiskBytes = 1L << 30 };
        await ModelAsync("tail", 1, cache, new FreezePolicy.LastLayers(32));
        var continued = await ModelAsync("continued", 1, cache, new FreezePolicy.None());
        var fromPixels = await ModelAsync("pixels", 1, new() { Cache = FeatureCacheMode.Off, Type = type }, new FreezePolicy.None());

        Assert.Equal(fromPixels, continued);
    }

    [Fact]
    public void AnEngineOrTypeThatChangesBits_IsPartOfTheRunsKey()
    {
        var spec = _runs.TwoPhases("keys");
        var keys = new[] { new FeatureSpec(), new() { Engine = PrefixEngine.Torch }, new() { Type = FeatureType.Fp16 }, new() { Provider = PrefixProvider.Cpu } }
            .Select(features => RunSpecKey.Of(spec with { Features = features })).ToList();

        Assert.Equal(4, keys.Distinct().Count());
        Assert.Equal(keys[0], RunSpecKey.Of(spec with { Features = new() { Cache = FeatureCacheMode.Off, MemoryBytes = 7, DiskBytes = 9, Directory = "x" } }));
    }

    private async Task<string> ModelAsync(string name, int replicas, FeatureSpec features, FreezePolicy? policy = null)
    {
        var spec = _runs.TwoPhases(name) with { Features = features with { DiskBytes = features.Directory is null ? 0 : features.DiskBytes } };
        spec = spec with { Data = spec.Data with { ImageSize = 33 } };
        spec = policy is null ? spec : spec with { Phases = [spec.Phases[0] with { Freeze = policy }] };
        var outcome = await LocalRun.RunAsync(spec, replicas);
        return outcome.Receipt!.ModelSha256;
    }
}
