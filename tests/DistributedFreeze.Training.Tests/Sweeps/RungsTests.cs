namespace DistributedFreeze.Training.Sweeps;

public sealed class RungsTests
{
    [Fact]
    public void Rungs_GrowByTheFactor_BelowTheLongestTrialsEnd()
    {
        Assert.Equal([3, 9, 27], Rungs.Of(fromEpoch: 3, factor: 3, mostEpochs: 30));
        Assert.Equal([3, 9], Rungs.Of(fromEpoch: 3, factor: 3, mostEpochs: 27));
        Assert.Empty(Rungs.Of(fromEpoch: 5, factor: 2, mostEpochs: 5));
        Assert.Equal([1_000_000_000], Rungs.Of(fromEpoch: 1_000_000_000, factor: 10, mostEpochs: int.MaxValue));
    }

    [Fact]
    public void OneOfSoManyGoesOn_RoundedUp() => Assert.Equal((1, 1, 2, 17), (Rungs.Promoted(1, 3), Rungs.Promoted(3, 3), Rungs.Promoted(4, 3), Rungs.Promoted(50, 3)));
}
