using System.Collections.Immutable;
using DistributedFreeze.Freezing.Estimates;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Tests.Predictions;

public sealed class FeatureEstimateTests
{
    /// <summary>1,000 images; a prefix of 10 images/s; a head whose tail costs next to nothing.</summary>
    private static readonly MeasuredRates Rates = new()
    {
        Decode = 100,
        Phases = [new(Prefix: 10, Tail: 1e6, StepSeconds: 0)],
        Disk = 500e6,
    };

    private static readonly RunLoad Load = new()
    {
        TrainImages = 1000,
        StepsPerEpoch = 32,
        Shards = 8,
        Processors = 1,
        MemoryBytes = 0,
        DiskBytes = 20L << 30,
        Phases = [new() { Boundary = "avg_pool", Epochs = 5, RecordBytes = 8192, ExchangeBytes = 32_784 }],
    };

    [Fact]
    public void Of_KeepsWhatIsSlowerToComputeThanToRead()
    {
        var phase = Only(Rates, Load);

        Assert.True(phase.Keeps);
        Assert.Equal(1000 / 10.0 + 1000 / 100.0, phase.EpochSecondsWithoutCache, 0.1); // one processor decodes and computes in turn
        Assert.Equal(110, phase.FillSeconds, 0.1);
        Assert.InRange(phase.EpochSecondsWithCache, 0.001, 0.1);
        Assert.Equal(8_192_000, phase.CacheBytes);
        Assert.StartsWith("kept: filling takes 1 min 50 s, then an epoch takes 17 ms instead of 1 min 50 s", phase.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_HidesDecodingBehindThePrefixWhereThereIsAProcessorForEach() =>
        Assert.Equal(100, Only(Rates, Load with { Processors = 2 }, replicas: 1).EpochSecondsWithoutCache, 0.1);

    [Fact]
    public void Of_ComputesAgainWhatASlowDiskGivesLater()
    {
        var large = Load with { Phases = [Load.Phases[0] with { RecordBytes = 3_000_000 }] };

        Assert.True(Only(Rates, large).Keeps);
        var slow = Only(Rates with { Disk = 5e6 }, large);

        Assert.False(slow.Keeps);
        Assert.StartsWith("computed again: with a cache the phase takes", slow.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_ComputesAgainWhatFindsNoRoom()
    {
        var phase = Only(Rates, Load with { DiskBytes = 8_191_999 });

        Assert.False(phase.Fits);
        Assert.False(phase.Keeps);
        Assert.Equal("computed again: 8.2 MB of features find 8.2 MB of room", phase.Reason);
        Assert.True(Only(Rates, Load with { DiskBytes = 0, MemoryBytes = 8_192_000 }).Keeps);
    }

    [Fact]
    public void Of_ComputesAgainWhatIsMetOnce()
    {
        var phase = Only(Rates, Load with { Phases = [Load.Phases[0] with { Epochs = 1 }] });

        Assert.False(phase.Keeps);
        Assert.Equal("computed again: they are met in one epoch only", phase.Reason);
        Assert.Equal(phase.EpochSecondsWithoutCache, phase.Seconds, 1e-9);
    }

    [Fact]
    public void Of_ReadsWhatIsStoredEvenForOneEpoch()
    {
        var phase = Only(Rates, Load with { Phases = [Load.Phases[0] with { Epochs = 1, Stored = 1000 }] });

        Assert.True(phase.Keeps);
        Assert.Equal(0, phase.FillSeconds);
        Assert.StartsWith("kept: they are stored already", phase.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 8_192_000, true)]
    [InlineData(3, 24_576_000, true)]
    [InlineData(5, 40_960_000, false)] // every epoch shows a view of its own
    public void Of_MultipliesByViews(int views, long bytes, bool keeps)
    {
        var phase = Only(Rates, Load with { Views = views });

        Assert.Equal(bytes, phase.CacheBytes);
        Assert.Equal(110.0 * views, phase.FillSeconds, 0.3);
        Assert.Equal(keeps, phase.Keeps);
    }

    [Fact]
    public void Of_NeverKeepsViewsThatDoNotReturn()
    {
        var phase = Only(Rates, Load with { Views = null });

        Assert.False(phase.Keeps);
        Assert.StartsWith("computed again: augmentation shows another view", phase.Reason, StringComparison.Ordinal);
        Assert.True(Only(Rates, Load with { Views = null, ValidationImages = 500 }).Keeps);
    }

    [Fact]
    public void Of_HasNothingToKeepBeforeTheFirstConvolution() =>
        Assert.False(Only(Rates with { Phases = [new(Prefix: null, Tail: 10, StepSeconds: 0)] }, Load).Keeps);

    [Fact]
    public void Of_KeepsForALaterPhaseWhatIsMetOnceInThis()
    {
        var rates = Rates with { Phases = [Rates.Phases[0], new(Prefix: 10, Tail: 100, StepSeconds: 0)] };
        var once = Load.Phases[0] with { Epochs = 1 };
        var served = Load with { Phases = [once with { Serves = [1] }, once with { Boundary = "conv5_block2_out" }] };

        var prediction = FeatureEstimate.Of(rates, served, replicas: 1, FeatureCacheMode.Auto);
        var apart = FeatureEstimate.Of(
            rates, served with { Phases = [once, served.Phases[1]] }, replicas: 1, FeatureCacheMode.Auto);

        Assert.Equal([true, true], prediction.Phases.Select(phase => phase.Keeps));
        Assert.Equal([false, false], apart.Phases.Select(phase => phase.Keeps));
        Assert.StartsWith("kept for phase 2, which saves 1 min 50 s", prediction.Phases[0].Reason, StringComparison.Ordinal);
        Assert.StartsWith("kept: phase 1 stores them on its way", prediction.Phases[1].Reason, StringComparison.Ordinal);
        Assert.Equal(0, prediction.Phases[1].FillSeconds);
        Assert.Equal(apart.Seconds - 110, prediction.Seconds, 0.5);
    }

    [Fact]
    public void Of_CountsTheRoomThatEarlierPhasesTake()
    {
        var rates = Rates with { Phases = [Rates.Phases[0], Rates.Phases[0]] };
        ImmutableArray<PhaseLoad> phases = [Load.Phases[0], Load.Phases[0] with { Boundary = "conv5_block2_out" }];

        var prediction = FeatureEstimate.Of(rates, Load with { Phases = phases, DiskBytes = 16_000_000 }, replicas: 1, FeatureCacheMode.Auto);

        Assert.Equal([true, false], prediction.Phases.Select(phase => phase.Keeps));
    }

    [Theory]
    [InlineData(FeatureCacheMode.On, 1, true)]
    [InlineData(FeatureCacheMode.Off, 5, false)]
    public void Of_FollowsWhoeverDecides(FeatureCacheMode mode, int epochs, bool keeps) => Assert.Equal(
        keeps,
        FeatureEstimate.Of(Rates, Load with { Phases = [Load.Phases[0] with { Epochs = epochs }] }, replicas: 1, mode).Phases[0].Keeps);

    [Fact]
    public void SuggestedReplicas_AreAsManyAsProcessorsWhereThereIsMuchToCompute()
    {
        var prediction = FeatureEstimate.Of(Rates, Load with { Processors = 4 }, replicas: null, FeatureCacheMode.Off);

        Assert.Equal(4, prediction.SuggestedReplicas);
        Assert.Equal(prediction.SuggestedSeconds, prediction.Seconds);
    }

    [Fact]
    public void SuggestedReplicas_IsOneForACachedHeadThatTakesLessThanTheExchange()
    {
        var stored = Load with { Processors = 4, Phases = [Load.Phases[0] with { Stored = 1000, RecordBytes = 64 }] };

        Assert.Equal(1, FeatureEstimate.Of(Rates, stored, replicas: null, FeatureCacheMode.Auto).SuggestedReplicas);
        var slower = Rates with { Phases = [Rates.Phases[0] with { Tail = 1000 }] };
        Assert.Equal(4, FeatureEstimate.Of(slower, stored, replicas: null, FeatureCacheMode.Auto).SuggestedReplicas);
    }

    [Fact]
    public void Of_FillsWholeBlocksOnEveryReplica()
    {
        var load = Load with { TrainImages = 40, ValidationImages = 12, BlockSize = 8, HasPixels = true, Processors = 2 };

        Assert.Equal((40 + 16) / 10.0, Only(Rates, load, replicas: 1).EpochSecondsWithoutCache, 0.01);
        Assert.Equal((24 + 8) / 10.0, Only(Rates, load, replicas: 2).EpochSecondsWithoutCache, 0.01);
    }

    [Fact]
    public void Of_DecodesNothingAgainThatIsInMemory() =>
        Assert.Equal(1000 / 10.0, Only(Rates, Load with { HasPixels = true }).EpochSecondsWithoutCache, 0.1); // on one processor, which would decode in turn

    [Fact]
    public void Of_CountsTheTestImagesOfTheLastPhase()
    {
        var load = Load with { TestImages = 100, Phases = [Load.Phases[0], Load.Phases[0] with { Boundary = "conv5_block2_out" }] };
        var rates = Rates with { Phases = [Rates.Phases[0], Rates.Phases[0]] };

        var tested = FeatureEstimate.Of(rates, load, replicas: 1, FeatureCacheMode.Auto);
        var untested = FeatureEstimate.Of(rates, load with { TestImages = 0 }, replicas: 1, FeatureCacheMode.Auto);

        Assert.Equal([8_192_000, 8192 * 1100], tested.Phases.Select(phase => phase.CacheBytes));
        Assert.Equal(100 / 10.0 + 100 / 100.0, tested.Seconds - untested.Seconds, 0.1); // decoded and computed, in turn on one processor
    }

    [Fact]
    public void Of_ComputesNoTestImageThatIsStored()
    {
        var load = Load with { TestImages = 100, Phases = [Load.Phases[0] with { StoredTests = 100 }] };

        Assert.Equal(
            FeatureEstimate.Of(Rates, load with { TestImages = 0 }, replicas: 1, FeatureCacheMode.Auto).Seconds,
            FeatureEstimate.Of(Rates, load, replicas: 1, FeatureCacheMode.Auto).Seconds,
            0.1);
        Assert.InRange(
            FeatureEstimate.Of(Rates, load, replicas: 1, FeatureCacheMode.Off).Seconds - FeatureEstimate.Of(Rates, load with { TestImages = 0 }, replicas: 1, FeatureCacheMode.Off).Seconds,
            10.9, 11.1); // what is not read has to be computed
    }

    private static PhaseEstimate Only(MeasuredRates rates, RunLoad load, int replicas = 1) =>
        Assert.Single(FeatureEstimate.Of(rates, load, replicas, FeatureCacheMode.Auto).Phases);
}
