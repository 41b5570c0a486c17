using DistributedFreeze.Specs.Sweeps;

namespace DistributedFreeze.Client.Tests.Specs;

public sealed class SweepPointsTests
{
    [Fact]
    public void InOneDimension_QuasiRandomPlacesAreMultiplesOfTheGoldenRatio()
    {
        var places = Enumerable.Range(0, 50).Select(trial => SweepPoints.QuasiRandom(seed: 3, trial, variables: 1)[0]).ToList();

        // 1 / 1.6180339887 = 0.6180339887
        Assert.All(places.Zip(places.Skip(1)), pair => Assert.Equal(0.6180339887, (pair.Second - pair.First + 1) % 1, 1e-9));
    }

    [Fact]
    public void QuasiRandomPlaces_LeaveNoCellOfAGridEmptyThatIndependentOnesDo()
    {
        const int Side = 6;
        int Cells(Func<int, IReadOnlyList<double>> point) =>
            Enumerable.Range(0, 2 * Side * Side).Select(point).Select(place => ((int)(place[0] * Side), (int)(place[1] * Side))).Distinct().Count();

        Assert.All(Enumerable.Range(0, 5), seed =>
        {
            var (even, independent) = (Cells(trial => SweepPoints.QuasiRandom(seed, trial, 2)), Cells(trial => SweepPoints.Random(seed, trial, 2)));

            Assert.True(even >= 35 && even > independent, $"seed {seed}: {even} and {independent} of 36");
        });
    }

    [Fact]
    public void Places_AreOfTheirSeedTrialAndVariableAlone()
    {
        var place = SweepPoints.Random(seed: 1, trial: 2, variables: 3);

        Assert.Equal(place, SweepPoints.Random(1, 2, 3));
        Assert.Equal(place[..2], SweepPoints.Random(1, 2, 2));
        Assert.Equal(3, place.Distinct().Count());
        Assert.NotEqual(place[0], SweepPoints.Random(2, 2, 3)[0]);
        Assert.NotEqual(place[0], SweepPoints.Random(1, 3, 3)[0]);
        Assert.All(place, one => Assert.InRange(one, 0, 1));
        Assert.Equal(0.5, Enumerable.Range(0, 2_000).Average(trial => SweepPoints.Random(9, trial, 1)[0]), 0.03);
    }

    [Fact]
    public void Names_AreAsShortAsTheyCanBeToldApart() => Assert.Equal(
        ["seed", "phases[0].epochs", "phases[1].epochs", "learning_rate"],
        Cli.Sweeps.SweepText.ShortNames(["seed", "phases[0].epochs", "phases[1].epochs", "phases[0].optimizer.learning_rate"]));
}
