namespace DistributedFreeze.Training.Advice;

public sealed class DoubleVectorTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(21)]
    public void EveryEntry_CountsOnce(int length)
    {
        double[] one = [.. Enumerable.Range(1, length).Select(i => (double)i)];
        double[] other = [.. Enumerable.Range(1, length).Select(i => (double)(i * i))];
        double[] sum = [.. other];

        DoubleVector.AddMultiple(2, one, sum);

        Assert.Equal(Enumerable.Range(1, length).Sum(i => (double)i * i * i), DoubleVector.Dot(one, other)); // whole numbers: no order rounds
        Assert.Equal(Enumerable.Range(1, length).Select(i => (double)((i * i) + (2 * i))), sum);
    }
}
