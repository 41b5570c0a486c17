using System.Collections.Immutable;
using DistributedFreeze.Data;

namespace DistributedFreeze.Training.Advice;

public sealed class GroupLassoTests
{
    private const int Rows = 40;
    private const int Classes = 3;
    private const int Features = 60;
    private const int Groups = 5;

    private static readonly int[] Labels = [.. Enumerable.Range(0, Rows).Select(row => row % Classes)];

    /// <remarks>Karush, Kuhn and Tucker: of a convex problem these conditions hold at the optimum, and nowhere else.</remarks>
    [Theory]
    [InlineData(0.8)]
    [InlineData(0.4)]
    [InlineData(0.1)]
    public void AtTheOptimum_EachGroupsGradientIsThePenalty_AndNoMoreWhereItDroppedOut(double share)
    {
        var lasso = new GroupLasso(Products(), Labels, Classes);
        var penalty = share * lasso.GreatestPenalty;

        lasso.Fit(penalty, 1e-12, 100_000, TestContext.Current.CancellationToken);

        var norms = lasso.GradientNorms();
        Assert.NotEmpty(lasso.Left);
        Assert.All(lasso.Left, group => Assert.Equal(penalty, norms[group], 1e-7));
        Assert.All(norms, norm => Assert.True(norm <= penalty + 1e-7));
        Assert.Contains(1, lasso.Left);
    }

    [Fact]
    public void FromTheGreatestPenaltyOn_NothingIsLeft_AndBelowIt_TheStrongestGroup()
    {
        var lasso = new GroupLasso(Products(), Labels, Classes);

        lasso.Fit(1.0001 * lasso.GreatestPenalty, 1e-12, 1_000, TestContext.Current.CancellationToken);
        Assert.Empty(lasso.Left);

        lasso.Fit(0.98 * lasso.GreatestPenalty, 1e-12, 1_000, TestContext.Current.CancellationToken);
        Assert.Equal([1], lasso.Left);
    }

    [Fact]
    public void AScore_IsThatOfTheWeights_WhichAreSumsOfRows()
    {
        var products = Products();
        var lasso = new GroupLasso(products, Labels, Classes);
        lasso.Fit(0.05 * lasso.GreatestPenalty, 1e-10, 100_000, TestContext.Current.CancellationToken);

        var right = Enumerable.Range(0, Rows).Count(row =>
        {
            var scores = lasso.Score([.. products.Select(group => (ReadOnlyMemory<double>)group.AsMemory(row * Rows, Rows))]);
            return Array.IndexOf(scores, scores.Max()) == Labels[row];
        });

        Assert.Equal(Rows, right); // group 1 tells the classes apart
    }

    [Fact]
    public void ACancelledFit_EndsAtOnce() =>
        Assert.Throws<OperationCanceledException>(() => new GroupLasso(Products(), Labels, Classes).Fit(0.1, 0, 10, new CancellationToken(canceled: true)));

    /// <summary>Noise in all groups but one, where a feature of each class is larger.</summary>
    private static ImmutableArray<double[]> Products() => [.. Enumerable.Range(0, Groups).Select(group =>
    {
        var rows = Enumerable.Range(0, Rows).Select(row =>
        {
            var random = new KeyedRandom(1, $"group {group}", row);
            double[] values = [.. Enumerable.Range(0, Features).Select(_ => random.NextNormal() / Math.Sqrt(Features))];
            values[Labels[row]] += group == 1 ? 1 : 0;
            return values;
        }).ToList();
        return rows.SelectMany(one => rows.Select(other => one.Zip(other, (a, b) => a * b).Sum())).ToArray();
    })];
}
