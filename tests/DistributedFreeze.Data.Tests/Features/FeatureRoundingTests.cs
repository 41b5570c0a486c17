using DistributedFreeze.Runs;

namespace DistributedFreeze.Data.Features;

public sealed class FeatureRoundingTests
{
    [Theory]
    [InlineData(1f, 1f)]
    [InlineData(-0f, -0f)]
    [InlineData(1.00048828125f, 1f)] // between 1 and the next: to the even one
    [InlineData(1.00146484375f, 1.001953125f)]
    [InlineData(65504f, 65504f)]
    [InlineData(65520f, 65504f)]
    [InlineData(1e30f, 65504f)]
    [InlineData(-1e30f, -65504f)]
    [InlineData(float.PositiveInfinity, float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity, float.NegativeInfinity)]
    [InlineData(1e-10f, 0f)]
    public void Fp16_IsToTheNearestEvenAndStaysFinite(float value, float expected) => Rounded(FeatureType.Fp16, value, expected);

    [Theory]
    [InlineData(1f, 1f)]
    [InlineData(-0f, -0f)]
    [InlineData(1.00390625f, 1f)]
    [InlineData(1.01171875f, 1.015625f)]
    [InlineData(float.MaxValue, 3.3895314e38f)]
    [InlineData(float.MinValue, -3.3895314e38f)]
    [InlineData(float.PositiveInfinity, float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity, float.NegativeInfinity)]
    public void Bf16_IsToTheNearestEvenAndStaysFinite(float value, float expected) => Rounded(FeatureType.Bf16, value, expected);

    [Theory]
    [InlineData(FeatureType.Fp32)]
    [InlineData(FeatureType.Fp16)]
    [InlineData(FeatureType.Bf16)]
    public void ANaN_StaysOne(FeatureType type)
    {
        float[] values = [float.NaN, BitConverter.UInt32BitsToSingle(0x7F80_0001), BitConverter.UInt32BitsToSingle(0xFFFF_FFFF)];

        FeatureRounding.Round(type, values);

        Assert.All(values, value => Assert.True(float.IsNaN(value)));
    }

    [Theory]
    [InlineData(FeatureType.Fp32)]
    [InlineData(FeatureType.Fp16)]
    [InlineData(FeatureType.Bf16)]
    public void Rounding_IsTheSameAtEveryPlaceAndTwice(FeatureType type)
    {
        var random = new Random(7);
        var values = Enumerable.Range(0, 5000).Select(_ => BitConverter.Int32BitsToSingle(random.Next())).Where(float.IsFinite).ToArray();
        var whole = values.ToArray();
        FeatureRounding.Round(type, whole);

        for (var i = 0; i < values.Length; i++)
        {
            float[] one = [values[i]];
            FeatureRounding.Round(type, one);
            Assert.Equal(BitConverter.SingleToInt32Bits(one[0]), BitConverter.SingleToInt32Bits(whole[i]));
        }

        var twice = whole.ToArray();
        FeatureRounding.Round(type, twice);
        Assert.Equal(whole, twice);
    }

    private static void Rounded(FeatureType type, float value, float expected)
    {
        // Long enough for vectors, with a rest.
        var values = Enumerable.Repeat(value, 67).ToArray();

        FeatureRounding.Round(type, values);

        Assert.All(values, rounded => Assert.Equal(BitConverter.SingleToInt32Bits(expected), BitConverter.SingleToInt32Bits(rounded)));
    }
}
