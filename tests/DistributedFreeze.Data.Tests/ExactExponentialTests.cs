namespace DistributedFreeze.Data;

/// <summary>The expected numbers are Python's <c>math.exp(x)</c>, which may differ in the last place.</summary>
public sealed class ExactExponentialTests
{
    [Theory]
    [InlineData(-0.28768207245178085, 0.7500000000000001)]
    [InlineData(-0.1, 0.9048374180359595)]
    [InlineData(0, 1)]
    [InlineData(0.05, 1.0512710963760241)]
    [InlineData(0.28768207245178085, 1.3333333333333333)]
    public void Of_IsWithinTheLastPlace(double x, double expected) =>
        Assert.InRange(ExactExponential.Of(x), Math.BitDecrement(expected), Math.BitIncrement(expected));

    [Theory]
    [InlineData(-1, 0.36787944117144233)]
    [InlineData(-36.7, 1.1518409493076097e-16)]
    [InlineData(3.3, 27.112638920657883)]
    [InlineData(700, 1.0142320547350045e+304)]
    [InlineData(-700, 9.859676543759770e-305)]
    public void OfAny_IsWithinAFewOfTheLastPlaces(double x, double expected) => Assert.Equal(1, ExactExponential.OfAny(x) / expected, 1e-14);

    [Fact]
    public void OfAny_GoesNoFurther() => Assert.Equal(ExactExponential.OfAny(-700), ExactExponential.OfAny(double.NegativeInfinity));
}
