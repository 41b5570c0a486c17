using System.Collections.Immutable;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing;
using DistributedFreeze.Freezing.Planning;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Data.Memory;

/// <summary>What a run is predicted to need, and which field is named where that is too much.</summary>
public sealed class MemoryEstimatorTests
{
    private const long MiB = 1 << 20;
    private static readonly RunHost Small = new(4L << 30, 4);

    /// <summary>
    /// Peaks (VmHWM) of <c>dfreeze train --replicas 1 --random-weights --cache-disk 0</c> on two cores of an x64 with AVX-512, on the demo's
    /// images, 160 to train on or each twice, less the 251 MiB of a silo that has no run. Images of 64 x 64 pixels are all that the runs allow here.
    /// Benchmarks/Memory/memory.sh measures such runs anew.
    /// </summary>
    [Theory]
    [InlineData(64, 0, "", 32, 4, 160, 532)]
    [InlineData(224, 0, "", 32, 4, 160, 664)]
    [InlineData(64, 32, "", 32, 4, 160, 878)]
    [InlineData(224, 32, "", 32, 4, 160, 1045)]
    [InlineData(64, 0, "4096,4096", 32, 4, 160, 1906)]
    [InlineData(224, 32, "", 160, 2, 160, 1521)]
    [InlineData(224, 32, "", 256, 4, 320, 1622)]
    [InlineData(64, 175, "", 32, 4, 320, 1033)]
    public void APrediction_IsNoLessThanWhatWasMeasured_AndNoMoreThanTwiceThat(int size, int layers, string head, int batch, int shards, int train, long measured)
    {
        var spec = Spec(size, layers, [.. head.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)]) with { BatchSize = batch, Shards = shards };

        var predicted = Predict(spec with { Data = spec.Data with { MaxPixels = 64 * 64 } }, new(train, 2 * train), new(24L << 30, 2)).Bytes / MiB;

        Assert.InRange(predicted, measured, 2 * measured);
    }

    [Theory]
    [InlineData("model.head.hidden", 16384)]
    [InlineData("batch_size", 0)]
    [InlineData("data.max_pixels", -1)]
    public void WhatIsTooLarge_IsNamedByTheFieldThatMakesIt(string field, int what)
    {
        var spec = Spec(224, 0, what > 0 ? [what, what, what] : []);
        spec = what == 0 ? spec with { BatchSize = 65_536, Shards = 1 } : spec;
        spec = what < 0 ? spec with { Data = spec.Data with { MaxPixels = 536_000_000 } } : spec;

        var memory = Predict(spec, new(10, 12), Small);

        var problem = MemoryLimit.Check(memory, memory.Bytes, 1L << 30, "the silo");
        Assert.Equal(field, problem!.Field);
        Assert.Contains("the silo has 1,073,741,824 (1.1 GB)", problem.Message, StringComparison.Ordinal);
        Assert.Null(MemoryLimit.Check(memory, memory.Bytes, memory.Bytes, "the silo"));
    }

    [Fact]
    public void OpenedLayers_AreNamedByTheirPolicy()
    {
        var spec = Spec(64, 0, []) with { Phases = [new(), new() { Freeze = new FreezePolicy.All() }] };

        var memory = Predict(spec, new(10, 12), Small);

        Assert.Equal("in phase 2", memory.Worst.Name);
        Assert.Equal("phases[1].unfreeze", memory.Worst.Greatest!.Value.Field);
    }

    [Fact]
    public void KeptFeatures_AreNamed_WhereTheyAreMost()
    {
        var spec = Spec(64, 0, []) with { Features = new() { MemoryBytes = 1L << 40 } };

        var memory = Predict(spec, images: null, Small);

        Assert.Equal(1L << 40, memory.FeatureBytes);
        Assert.Equal("features.memory", MemoryLimit.Check(memory, memory.Bytes + memory.FeatureBytes, 4L << 30, "this machine")!.Field);
    }

    [Fact]
    public void TheDemoAndTheReadmesRuns_FitAMachineOf4GB()
    {
        var demo = Spec(64, 0, []) with { Shards = 8 };
        var first = Spec(224, 0, []);
        var tail = Spec(224, 32, []);

        foreach (var (spec, replicas) in new[] { (demo, 2), (first, 2), (tail, 1) })
        {
            var memory = Predict(spec, images: null, Small);
            Assert.InRange(memory.Bytes + memory.FeatureBytes + ((replicas - 1) * memory.BytesOfAnother), 0, MemoryLimit.Of(Small));
        }
    }

    [Fact]
    public void AbsurdRuns_OverflowNothing()
    {
        var widest = Enumerable.Repeat(65_536, 1_000).ToImmutableArray();
        var spec = Spec(1_024, 175, widest) with { BatchSize = 65_536, Shards = 1_024 };
        spec = spec with
        {
            Data = spec.Data with { MaxPixels = long.MaxValue, Augmentation = new() { Flip = 0.5, Views = int.MaxValue } },
            Features = new() { MemoryBytes = long.MaxValue },
            Model = spec.Model with { Head = spec.Model.Head with { Dropout = 0.5 } },
        };

        var plan = RunPlan.Of(spec, int.MaxValue);
        var memory = MemoryEstimator.Of(plan, new(int.MaxValue, int.MaxValue), new(long.MaxValue, int.MaxValue));

        Assert.True(memory.Bytes > 1L << 40);
        Assert.True(memory.BytesOfAnother > 1L << 40);
        Assert.Equal("model.head.hidden", Assert.Throws<InvalidInputException>(() => MemoryEstimate.Of(plan, images: null)).Problems[0].Field);
    }

    [Fact]
    public void VectorsThatNoArrayHolds_AreRefused_WhateverTheMemory()
    {
        var spec = Spec(64, 0, [65_536]) with { BatchSize = 65_536, Shards = 1 };

        var refused = Assert.Throws<InvalidInputException>(() => MemoryEstimate.Of(RunPlan.Of(spec, 4), new(10, 12)));

        Assert.Equal("batch_size", Assert.Single(refused.Problems).Field);
    }

    [Fact]
    public void AFurtherReplica_TakesNoMoreThanItsOwn()
    {
        var memory = Predict(Spec(224, 32, []), new(160, 300), Small);

        var training = Assert.Single(memory.Moments, moment => moment.Name == "while it trains");
        Assert.Equal(training.Parts.Where(part => !part.IsShared).Sum(part => part.Bytes), memory.BytesOfAnother);
        Assert.InRange(memory.BytesOfAnother, 1, memory.Bytes - 1);
        Assert.Contains(training.Parts, part => part is { What: "weights of the base", IsShared: true });
        Assert.Equal(training.Bytes, training.HostBytes + training.DeviceBytes);
    }

    private static RunMemory Predict(RunSpec spec, RunImages? images, RunHost host) => MemoryEstimator.Of(RunPlan.Of(spec, 4), images, host);

    private static RunSpec Spec(int size, int layers, ImmutableArray<int> head) => new()
    {
        Data = new() { Path = "images", ImageSize = size },
        Model = new() { RandomWeights = true, Head = new() { Hidden = head } },
        Phases = [new() { Freeze = layers == 0 ? new FreezePolicy.None() : new FreezePolicy.LastLayers(layers) }],
        Output = "out",
    };
}
