using System.Collections.Immutable;
using DistributedFreeze.Freezing.Estimates;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Tests.Predictions;

public sealed class DecodeLimitTests
{
    /// <summary>A prefix of 3,000 images/s on a GPU, and 16 threads that decode 250 images/s together.</summary>
    private static readonly MeasuredRates Rates = new()
    {
        Decode = 250,
        DecodeThreads = 16,
        Phases = [new(Prefix: 3000, Tail: 1e6, StepSeconds: 0)],
        Disk = 500e6,
    };

    private static readonly RunLoad Load = new()
    {
        TrainImages = 1000,
        StepsPerEpoch = 32,
        Shards = 8,
        Processors = 16,
        MemoryBytes = 0,
        DiskBytes = 20L << 30,
        Phases = [new() { Boundary = "avg_pool", Epochs = 5, RecordBytes = 8192, ExchangeBytes = 32_784 }],
    };

    [Fact]
    public void Of_NamesThePhaseThatWaitsForImagesWithWhatWasMeasured() =>
        Assert.Equal(new DecodeLimit(Phase: 0, IsLasting: false, Decode: 250, Threads: 16, Computed: 3000, HasPrefix: true), Assert.Single(Limits(Rates, Load)));

    [Fact]
    public void Of_NamesNoneWhereTheReplicaIsSlower()
    {
        Assert.Empty(Limits(Rates with { Decode = 3001 }, Load));
        Assert.Empty(Limits(Rates with { Phases = [new(Prefix: 3000, Tail: 200, StepSeconds: 0)] }, Load)); // decoding goes on while the tail trains
        Assert.Single(Limits(Rates with { Phases = [new(Prefix: 3000, Tail: 300, StepSeconds: 0)] }, Load));
    }

    [Fact]
    public void Of_NamesNoneWhereNothingIsDecodedOrComputed()
    {
        Assert.Empty(Limits(Rates, Load with { HasPixels = true }));
        Assert.Empty(Limits(Rates, Load with { Phases = [Load.Phases[0] with { Stored = 1000 }] }));
    }

    [Fact]
    public void Of_NamesNoneWhereTheProcessorsHaveNoMoreToGive()
    {
        // Prefix and decoding share one processor, or two replicas two of them: another thread would find none.
        Assert.Empty(Limits(Rates, Load with { Processors = 1 }));
        Assert.Empty(Limits(Rates, Load with { Processors = 2 }, replicas: 2));
        Assert.Single(Limits(Rates, Load with { Processors = 3 }, replicas: 2));
    }

    [Fact]
    public void Of_SaysWhereItLastsLongerThanTheFirstEpochs()
    {
        Assert.True(Assert.Single(Limits(Rates, Load, mode: FeatureCacheMode.Off)).IsLasting);
        Assert.True(Assert.Single(Limits(Rates, Load with { Views = null })).IsLasting);
        Assert.False(Assert.Single(Limits(Rates, Load with { Views = 3 })).IsLasting);
    }

    [Fact]
    public void Of_ComparesWithTrainingWhereNothingComesBefore() =>
        Assert.Equal(
            new DecodeLimit(Phase: 0, IsLasting: true, Decode: 250, Threads: 16, Computed: 700, HasPrefix: false),
            Assert.Single(Limits(Rates with { Phases = [new(Prefix: null, Tail: 700, StepSeconds: 0)] }, Load)));

    [Fact]
    public void Of_NamesEachPhaseOfSeveral()
    {
        var rates = Rates with { Phases = [new(Prefix: 100, Tail: 1e6, StepSeconds: 0), Rates.Phases[0]] };
        var load = Load with { Phases = [Load.Phases[0], Load.Phases[0] with { Boundary = "conv4_block6_out" }] };

        Assert.Equal(1, Assert.Single(Limits(rates, load)).Phase);
    }

    private static ImmutableArray<DecodeLimit> Limits(MeasuredRates rates, RunLoad load, int replicas = 1, FeatureCacheMode mode = FeatureCacheMode.On) =>
        FeatureEstimate.Of(rates, load, replicas, mode).DecodeLimits;
}
