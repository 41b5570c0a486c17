using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Tests.Runs;

public sealed class PhaseSpecTests
{
    public static TheoryData<FreezePolicy, int> Defaults => new()
    {
        { new FreezePolicy.None(), 30 },
        { new FreezePolicy.LastLayers(0), 30 },
        { new FreezePolicy.LastLayers(10), 10 },
        { new FreezePolicy.FromStage("conv5"), 10 },
        { new FreezePolicy.All(), 10 },
    };

    [Theory]
    [MemberData(nameof(Defaults))]
    public void EpochsThatNobodyGave_FollowThePolicy(FreezePolicy policy, int epochs)
    {
        Assert.Equal(epochs, new PhaseSpec { Freeze = policy }.Epochs);
        Assert.Equal(epochs, (new PhaseSpec() with { Freeze = policy }).Epochs);
        Assert.Equal(new PhaseSpec { Freeze = policy, Epochs = epochs }, new PhaseSpec { Freeze = policy });
        Assert.Equal(new PhaseSpec { Freeze = policy, Epochs = epochs }.GetHashCode(), new PhaseSpec { Freeze = policy }.GetHashCode());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(7)]
    public void EpochsThatAreGiven_StayAsTheyAre(int epochs) =>
        Assert.Equal(epochs, (new PhaseSpec { Epochs = epochs } with { Freeze = new FreezePolicy.All() }).Epochs);

    /// <summary>Equality is written by hand: no field may be forgotten.</summary>
    [Fact]
    public void AnyFieldThatDiffers_MakesAnotherPhase()
    {
        var phase = new PhaseSpec();
        PhaseSpec[] others =
        [
            phase with { Freeze = new FreezePolicy.All(), Epochs = 30 },
            phase with { Epochs = 31 },
            phase with { Optimizer = new() { Momentum = 0 } },
            phase with { Schedule = new() { WarmupEpochs = 1 } },
            phase with { BatchNorm = BatchNormMode.Train },
            phase with { Keep = KeptEpoch.Last },
            phase with { BestBy = EpochMeasure.Accuracy },
            phase with { Patience = 3 },
            phase with { MinDelta = 0.1 },
            phase with { ClipNorm = 1 },
            phase with { Ema = 0.9 },
        ];

        Assert.Equal(typeof(PhaseSpec).GetProperties().Length, others.Length);
        Assert.All(others, other => Assert.NotEqual(phase, other));
    }
}
