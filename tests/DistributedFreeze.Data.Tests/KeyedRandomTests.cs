namespace DistributedFreeze.Data;

public sealed class KeyedRandomTests
{
    /// <summary>First numbers after the key (7, "golden", 1, 2), by a program of its own in Python; a change breaks every stored result.</summary>
    [Fact]
    public void Numbers_NeverChangeBetweenVersions()
    {
        var random = new KeyedRandom(7, "golden", 1, 2);

        Assert.Equal([0x1b5269315933584UL, 0x2eca2c9eeacb481cUL], new[] { random.NextUInt64(), random.NextUInt64() });
        Assert.Equal([849, 414, 722, 349, 645, 32, 237, 192], Enumerable.Range(0, 8).Select(_ => random.NextBelow(1000)));
        Assert.Equal([0.3194256616348692, 0.3016069531440735, -1.7663008250625787, 0.967919157748957], new[] { random.NextDouble(), random.NextSingle(), random.NextNormal(), random.NextNormal() });
    }

    [Fact]
    public void EveryPartOfTheKeyMatters()
    {
        ulong[] first =
        [
            new KeyedRandom(1, "a", 2, 3).NextUInt64(),
            new KeyedRandom(2, "a", 2, 3).NextUInt64(),
            new KeyedRandom(1, "b", 2, 3).NextUInt64(),
            new KeyedRandom(1, "a", 3, 3).NextUInt64(),
            new KeyedRandom(1, "a", 2, 2).NextUInt64(),
        ];

        Assert.Equal(5, first.Distinct().Count());
        Assert.Equal(first[0], new KeyedRandom(1, "a", 2, 3).NextUInt64());
    }

    [Fact]
    public void NextBelow_FavoursNoNumber()
    {
        var random = new KeyedRandom(1, "below");
        var counts = new int[6];
        for (var i = 0; i < 60_000; i++)
        {
            counts[random.NextBelow(6)]++;
        }

        // Five deviations of a binomial with 60,000 draws of 1/6.
        Assert.All(counts, count => Assert.InRange(count, 10_000 - 457, 10_000 + 457));
        Assert.Throws<ArgumentOutOfRangeException>(() => random.NextBelow(0));
    }

    [Fact]
    public void NextDoubleAndNextSingle_AreUniformBelowOne()
    {
        var random = new KeyedRandom(1, "uniform");
        var doubles = Enumerable.Range(0, 20_000).Select(_ => random.NextDouble()).ToList();
        var singles = Enumerable.Range(0, 20_000).Select(_ => (double)random.NextSingle()).ToList();

        Assert.All([doubles, singles], numbers =>
        {
            Assert.InRange(numbers.Min(), 0, 0.01);
            Assert.InRange(numbers.Max(), 0.99, 1 - double.Epsilon);
            Assert.InRange(numbers.Average(), 0.49, 0.51);
        });
    }

    [Fact]
    public void NextNormal_HasMeanZeroAndDeviationOne()
    {
        var random = new KeyedRandom(1, "normal");
        var numbers = Enumerable.Range(0, 100_000).Select(_ => random.NextNormal()).ToList();

        Assert.InRange(numbers.Average(), -0.016, 0.016);
        Assert.InRange(numbers.Average(n => n * n), 0.978, 1.022);
        Assert.InRange(numbers.Average(n => n * n * n * n), 2.85, 3.15);
        Assert.InRange(numbers.Count(n => Math.Abs(n) > 2) / 100_000.0, 0.0422, 0.0488);
    }

    /// <summary>Mean 1/2, variance 1 / (4 (2 alpha + 1)), and of alpha 1 every number as likely.</summary>
    [Theory]
    [InlineData(0.01)]
    [InlineData(0.2)]
    [InlineData(1)]
    [InlineData(4)]
    public void NextBeta_HasTheMomentsOfItsDistribution(double alpha)
    {
        var random = new KeyedRandom(1, "beta");
        var numbers = Enumerable.Range(0, 20_000).Select(_ => random.NextBeta(alpha)).ToList();

        Assert.All(numbers, number => Assert.InRange(number, 0, 1));
        Assert.Equal(0.5, numbers.Average(), 0.015);
        Assert.Equal(1 / (4 * ((2 * alpha) + 1)), numbers.Average(number => Math.Pow(number - 0.5, 2)), 0.005);
        if (alpha == 1)
        {
            Assert.Equal(0.25, numbers.Count(number => number < 0.25) / 20_000.0, 0.015);
        }
    }

    [Fact]
    public void NextBeta_GivesTheSameNumbersInEveryVersion()
    {
        var random = new KeyedRandom(7, "mixup", 1, 2);

        Assert.Equal([0.0010664028461222276, 0.0826551549270758, 0.52716319835578651], Enumerable.Range(0, 3).Select(_ => random.NextBeta(0.4)));
    }

    [Fact]
    public void Shuffle_MakesEveryOrder()
    {
        var random = new KeyedRandom(1, "shuffle");
        var orders = Enumerable.Range(0, 6000).CountBy(_ =>
        {
            var items = "abc".ToCharArray();
            random.Shuffle(items.AsSpan());
            return new string(items);
        }).ToList();

        Assert.Equal(6, orders.Count);
        Assert.All(orders, order => Assert.InRange(order.Value, 850, 1150));
    }
}
