namespace DistributedFreeze.Training.Advice;

public sealed class LogisticRegressionTests
{
    private const int Rows = 12;
    private const int Features = 3;

    private static readonly int[] Labels = [1, 1, 2, 0, 2, 2, 0, 1, 0, 0, 1, 2];

    /// <summary>
    /// scikit-learn 1.2.1: X = [[sin(1.7 * i + 2.3 * j + 0.1 * i * j) for j in range(3)] for i in range(12)],
    /// m = LogisticRegression(C=C, multi_class="multinomial", solver="newton-cg", tol=1e-13, max_iter=100000).fit(X, y), then
    /// m.coef_, m.intercept_ - m.intercept_.mean(), m.predict(X) and -np.log(m.predict_proba(X)[range(12), y]).mean().
    /// </summary>
    [Theory]
    [InlineData(
        0.5,
        new[] { -0.109939, 0.0576987, 0.1295637, 0.0739878, 0.1005288, 0.1870663, -0.5636879, -0.0738054, 0.0094102, -0.2447651, 0.4341242, -0.0001824 },
        new[] { 1, 2, 2, 1, 1, 2, 0, 1, 2, 2, 1, 2 },
        0.9248572092997644)]
    [InlineData(
        20,
        new[] { 0.2364059, 1.6784979, 1.7223842, 0.4290375, 0.6486367, -1.185049, -3.4041132, -0.581459, -0.8850426, -0.4934489, 1.6817289, 0.1524215 },
        new[] { 1, 1, 2, 0, 1, 2, 0, 1, 2, 2, 1, 2 },
        0.7254824761749928)]
    public void TheOptimum_IsScikitLearns(double c, double[] weights, int[] answers, double loss)
    {
        var rows = X();

        var model = Fit(rows, c);

        var found = Enumerable.Range(0, 3).SelectMany(k => Enumerable.Range(0, Features + 1).Select(j => model[k, j]));
        Assert.All(weights.Zip(found), pair => Assert.Equal(pair.First, pair.Second, 2e-6));
        var judged = Enumerable.Range(0, Rows).Select(i => model.Judge(rows.AsSpan(i * Features, Features), Labels[i])).ToList();
        Assert.Equal(answers, judged.Select(one => one.Answer));
        Assert.Equal(loss, judged.Average(one => one.Loss), 1e-6);
    }

    [Fact]
    public void TwiceTheSame_GivesTheSameBits()
    {
        var (one, other) = (Fit(X(), 5), Fit(X(), 5));

        Assert.All(Enumerable.Range(0, Features + 1), j => Assert.Equal(BitConverter.DoubleToInt64Bits(one[1, j]), BitConverter.DoubleToInt64Bits(other[1, j])));
    }

    [Fact]
    public void AClassWithoutRows_IsNeverTheAnswer()
    {
        var model = LogisticRegression.Fit([0, 1, 0, 1], [0, 1, 0, 1], classes: 3, c: 1, 1e-6, 100, TestContext.Current.CancellationToken);

        Assert.Equal((0, 1), (model.Judge([0], 0).Answer, model.Judge([1], 1).Answer));
    }

    [Fact]
    public void ACancelledFit_EndsAtOnce()
    {
        Assert.Throws<OperationCanceledException>(() => LogisticRegression.Fit(X(), Labels, 3, 1, 1e-9, 100, new CancellationToken(canceled: true)));
    }

    private static LogisticRegression Fit(double[] rows, double c) => LogisticRegression.Fit(rows, Labels, 3, c, 1e-10, 1_000, TestContext.Current.CancellationToken);

    private static double[] X() => [.. from i in Enumerable.Range(0, Rows) from j in Enumerable.Range(0, Features) select Math.Sin((1.7 * i) + (2.3 * j) + (0.1 * i * j))];
}
