namespace DistributedFreeze.Evaluation;

public sealed class McNemarTests
{
    /// <summary>scipy.stats.binomtest(min(b, c), b + c).pvalue.</summary>
    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(1, 0, 1)]
    [InlineData(5, 0, 0.0625)]
    [InlineData(6, 0, 0.03125)]
    [InlineData(2, 10, 0.03857421875)]
    [InlineData(10, 2, 0.03857421875)]
    [InlineData(7, 7, 1)]
    [InlineData(7, 8, 1)]
    [InlineData(30, 50, 0.03299261842647619)]
    [InlineData(1000, 1100, 0.030720707864242486)]
    [InlineData(5000, 5200, 0.04878796312682233)]
    public void P_IsTheExactTests(int onlyFirst, int onlySecond, double p)
    {
        var test = new McNemar(onlyFirst, onlySecond);

        Assert.Equal(p, test.P, 1e-12);
        Assert.Equal(p < 0.05, test.IsDifference);
    }

    [Fact]
    public void OnlyImagesThatTheyAnswerDifferently_Count()
    {
        ClassifiedImage[] first = [Image("a", right: true), Image("b", right: true), Image("c", right: false), Image("d", right: false)];
        ClassifiedImage[] second = [Image("a", right: true), Image("b", right: false), Image("c", right: true), Image("d", right: false)];

        Assert.Equal(new McNemar(1, 1), McNemar.Of(first, second));
        Assert.Throws<ArgumentException>(() => McNemar.Of(first, second[..3]));
        Assert.Throws<ArgumentException>(() => McNemar.Of(first, [.. second.Reverse()]));
    }

    private static ClassifiedImage Image(string name, bool right) => new(name, 0, right ? [1, 0] : [0, 1]);
}
