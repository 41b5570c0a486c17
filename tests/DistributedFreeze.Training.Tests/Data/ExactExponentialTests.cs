using DistributedFreeze.Data;

namespace DistributedFreeze.Training.Tests.Data;

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
}
