using DistributedFreeze.Data.Runs;
using DistributedFreeze.Freezing;
using DistributedFreeze.Freezing.Planning;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Data.Memory;

/// <summary>What a replica on a GPU is predicted to need there, and what of its host.</summary>
public sealed class GpuMemoryTests
{
    private const string Activations = "activations of a shard and their gradients";
    private const string Prefix = "evaluating the prefix on a block of images";

    [Fact]
    public void WhatATailComputes_IsOnTheGpu_AndWhatIsReadAndSentIsTheHosts()
    {
        var memory = Predict(Run(32));

        Assert.Superset(new HashSet<string>(["weights of the base", Activations, Prefix, "gradients: opened layers", "state of the optimizer: opened layers", "sums of gradients on the device: opened layers"]), Names(memory.WithinGpu));
        Assert.Superset(new HashSet<string>(["blocks of images and their features", "images decoded ahead", "pixels of images, as far as they find room", "sums of gradients: opened layers"]), Names(memory.BesideGpu));
        Assert.Empty(Names(memory.WithinGpu).Intersect(Names(memory.BesideGpu)).Except(["what allocators hold besides"]));
        Assert.Equal(memory.HostBytes, memory.BesideGpu.Bytes);
    }

    [Fact]
    public void AGpu_TakesThirtyTwoTimesTheImagesOfABlock_ButNeedsNoMoreThanTheProcessor()
    {
        var memory = Predict(Run(32));
        const int More = FeatureShapes.LargestGpuBlock / FeatureShapes.BlockSize;

        Assert.Equal(More * Of(memory.Worst, Prefix), Of(memory.WithinGpu.Worst, Prefix));
        Assert.Equal(More * Of(memory.Worst, "blocks of images and their features"), Of(memory.BesideGpu.Worst, "blocks of images and their features"));
        Assert.Equal(More * Of(memory.Worst, "images decoded ahead"), Of(memory.BesideGpu.Worst, "images decoded ahead"));
        var slack = (More - 1) * Of(memory.Worst, Prefix) / 8;
        Assert.InRange(memory.WithinGpu.Bytes - memory.DeviceBytes - ((More - 1) * Of(memory.Worst, Prefix)), slack - 1, slack + 1);
    }

    [Fact]
    public void AHeadAlone_TrainsOnTheGpu()
    {
        var memory = Predict(Run(0));

        Assert.Superset(new HashSet<string>([Activations, "gradients: the head"]), Names(memory.WithinGpu));
        Assert.DoesNotContain("activations of the head", Names(memory.BesideGpu));
        Assert.Contains("activations of the head", Names(new([memory.Moments[^1]], 0)));
    }

    [Fact]
    public void APrefixOnTheProcessor_StaysThere_ByItsOwnBlocks()
    {
        var memory = Predict(Run(32) with { Features = new() { Provider = PrefixProvider.Cpu } });

        Assert.DoesNotContain(Prefix, Names(memory.WithinGpu));
        Assert.Equal(Of(memory.Moments[^1], Prefix), Of(memory.BesideGpu.Moments[^1], Prefix));
    }

    [Fact]
    public void APlan_TellsThemApart()
    {
        var memory = Predict(Run(32));

        var planned = memory.PlannedOnGpu(available: 1L << 40);

        Assert.Equal((memory.BesideGpu.Bytes, memory.DeviceBytes, memory.WithinGpu.Bytes), (planned.Bytes, planned.DeviceBytes, planned.DeviceBytesAtMost));
        Assert.Equal(planned.Bytes, planned.Parts.Sum(part => part.Bytes));
        Assert.Equal(planned.DeviceBytesAtMost, planned.DeviceParts.Sum(part => part.Bytes));
        Assert.Null(memory.Planned(available: 1L << 40).DeviceBytes);
    }

    private static HashSet<string> Names(RunMemory memory) => [.. memory.Moments.SelectMany(moment => moment.Parts).Select(part => part.What)];

    private static long Of(MemoryMoment moment, string what) => moment.Parts.Single(part => part.What == what).Bytes;

    private static RunMemory Predict(RunSpec spec) => MemoryEstimator.Of(RunPlan.Of(spec, 4), new(1000, 1200), new(64L << 30, 16));

    private static RunSpec Run(int layers) => new()
    {
        Data = new() { Path = "images", MaxPixels = 500 * 500 },
        Model = new() { RandomWeights = true },
        Phases = [new() { Freeze = layers == 0 ? new FreezePolicy.None() : new FreezePolicy.LastLayers(layers) }],
        BatchSize = 256,
        Output = "out",
    };
}
