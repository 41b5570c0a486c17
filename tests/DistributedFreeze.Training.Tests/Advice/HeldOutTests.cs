using DistributedFreeze.Data;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Advice;

public sealed class HeldOutTests : IDisposable
{
    private readonly SmallRuns _runs = new();

    public void Dispose() => _runs.Dispose();

    [Fact]
    public void TheValidationImages_AreHeldOut_AndTestImagesNeverAre()
    {
        var data = Data();

        var split = Assert.Single(HeldOut.Of(data, folds: null, seed: 3));

        Assert.Equal(data.Train, split.Train);
        Assert.Equal(data.Validation, split.Validation);
        Assert.Empty(split.Test);
    }

    [Fact]
    public void WithFolds_EveryTrainingAndValidationImageIsHeldOutOnce()
    {
        var data = Data();

        var splits = HeldOut.Of(data, folds: 3, seed: 3);

        Assert.Equal(3, splits.Length);
        Assert.Equal(
            data.Train.Concat(data.Validation).Select(image => image.Path).Order(StringComparer.Ordinal),
            splits.SelectMany(split => split.Validation).Select(image => image.Path).Order(StringComparer.Ordinal));
        Assert.All(splits, split =>
        {
            Assert.Empty(split.Train.Select(image => image.Path).Intersect(split.Validation.Select(image => image.Path)));
            Assert.Equal(data.Train.Length + data.Validation.Length, split.Train.Length + split.Validation.Length);
            Assert.Equal(Enumerable.Range(0, split.Train.Length), split.Train.Select(image => image.Index));
        });
    }

    [Fact]
    public void WithoutValidationImages_AFifthOfTheTrainingImagesIsHeldOut()
    {
        var data = Data();

        var split = Assert.Single(HeldOut.Of(data.With(data.Train, []), folds: null, seed: 3));

        Assert.InRange(split.Validation.Length, 5, 6); // of 28
        Assert.Equal(28, split.Train.Length + split.Validation.Length);
    }

    private DataSet Data() => DataSet.Scan(new DataSpec { Path = _runs.Data }, seed: 3, cancellationToken: TestContext.Current.CancellationToken);
}
