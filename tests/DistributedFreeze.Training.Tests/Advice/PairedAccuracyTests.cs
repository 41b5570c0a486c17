using DistributedFreeze.Evaluation;

namespace DistributedFreeze.Training.Advice;

public sealed class PairedAccuracyTests
{
    /// <summary>SciPy 1.10: n (2 p - 1) / 100 with p = beta.ppf(0.025, c, n - c + 1) and beta.ppf(0.975, c + 1, n - c), n = b + c.</summary>
    [Theory]
    [InlineData(2, 10, 0.0038069403153678837, 0.11499299388957784)]
    [InlineData(0, 5, -0.00218237501049815, 0.05)]
    [InlineData(5, 0, -0.05, 0.00218237501049815)]
    [InlineData(7, 8, -0.07024159581678104, 0.08619998114420763)]
    [InlineData(0, 6, 0.004889024827211941, 0.06)]
    [InlineData(30, 50, 0.01543237694862043, 0.3692909280851122)]
    [InlineData(0, 0, 0, 0)]
    public void TheInterval_IsClopperAndPearsons(int onlyFirst, int onlySecond, double low, double high)
    {
        var interval = PairedAccuracy.Interval(new(onlyFirst, onlySecond), images: 100);

        Assert.Equal(low, interval.Low, 1e-9);
        Assert.Equal(high, interval.High, 1e-9);
    }

    [Fact]
    public void Interval_AndMcNemarsTest_NeverContradictEachOther()
    {
        foreach (var (first, second) in from first in Enumerable.Range(0, 25) from second in Enumerable.Range(0, 25) select (first, second))
        {
            var (low, high) = PairedAccuracy.Interval(new(first, second), images: 100);

            Assert.Equal(new McNemar(first, second).IsDifference, low > 0 || high < 0);
        }
    }

    [Fact]
    public void ThousandsOfImages_DoNotOverflow()
    {
        var (low, high) = PairedAccuracy.Interval(new(5000, 5200), images: 100_000);

        Assert.InRange(low, 0, 0.001);
        Assert.InRange(high, 0.003, 0.005);
    }
}
