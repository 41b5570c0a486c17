using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Tests.Runs;

public sealed class AmountTests
{
    [Theory]
    [InlineData(0, "0 s")]
    [InlineData(0.00042, "0.42 ms")]
    [InlineData(0.000996, "1.0 ms")]
    [InlineData(0.0042, "4.2 ms")]
    [InlineData(0.042, "42 ms")]
    [InlineData(0.9994, "999 ms")]
    [InlineData(0.9996, "1.0 s")]
    [InlineData(3.44, "3.4 s")]
    [InlineData(9.96, "10 s")]
    [InlineData(59.6, "1 min 00 s")]
    [InlineData(125, "2 min 05 s")]
    [InlineData(3600, "1 h 00 min")]
    [InlineData(12_000, "3 h 20 min")]
    [InlineData(400_000, "111 h 07 min")]
    [InlineData(double.NaN, "-")]
    public void A_duration_has_the_digits_that_tell_something(double seconds, string text) => Assert.Equal(text, Amount.Duration(seconds));

    [Theory]
    [InlineData(0, "- images/s")]
    [InlineData(double.PositiveInfinity, "- images/s")]
    [InlineData(0.3454, "0.345 images/s")]
    [InlineData(3.454, "3.45 images/s")]
    [InlineData(9.996, "10.0 images/s")]
    [InlineData(34.54, "34.5 images/s")]
    [InlineData(345.4, "345 images/s")]
    [InlineData(1234, "1,230 images/s")]
    [InlineData(154_649.1, "155,000 images/s")]
    public void A_rate_has_three_digits(double rate, string text) => Assert.Equal(text, Amount.Rate(rate));

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(999, "999 B")]
    [InlineData(32_784, "32.8 kB")]
    [InlineData(999_600, "1.0 MB")]
    [InlineData(8_192_000, "8.2 MB")]
    [InlineData(345_000_000, "345 MB")]
    [InlineData(21_474_836_480, "21.5 GB")]
    [InlineData(5e15, "5.0 PB")]
    [InlineData(5e18, "5000 PB")]
    public void A_size_is_in_the_unit_that_needs_the_fewest_digits(double bytes, string text) => Assert.Equal(text, Amount.Bytes(bytes));
}
