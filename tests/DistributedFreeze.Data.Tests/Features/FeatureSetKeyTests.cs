using DistributedFreeze.Inference.Images;

namespace DistributedFreeze.Data.Features;

public sealed class FeatureSetKeyTests
{
    [Fact]
    public void AKey_IsTheSameInAnyOrderAndForEver()
    {
        var key = FeatureSetKey.Of([new("b", "2"), new("a", "1")]);

        Assert.Equal(FeatureSetKey.Of([new("a", "1"), new("b", "2")]), key);
        Assert.Equal(Expected("01000000" + "61" + "01000000" + "31" + "01000000" + "62" + "01000000" + "32"), key.Sha256);
    }

    [Theory]
    [InlineData("ab", "c", "a", "bc")]
    [InlineData("a", "1", "a", "2")]
    [InlineData("a", "1", "A", "1")]
    public void Keys_DifferWhereAnyPartDoes(string name, string value, string otherName, string otherValue) =>
        Assert.NotEqual(FeatureSetKey.Of([new(name, value)]), FeatureSetKey.Of([new(otherName, otherValue)]));

    [Fact]
    public void AKey_NeedsPartsWithNamesOfTheirOwn()
    {
        Assert.Throws<ArgumentException>(() => FeatureSetKey.Of([]));
        Assert.Throws<ArgumentException>(() => FeatureSetKey.Of([new("a", "1"), new("a", "1")]));
        Assert.Throws<ArgumentException>(() => FeatureSetKey.Of([new("", "1")]));
    }

    [Fact]
    public void AnImageHash_IsItsThirtyTwoBytes()
    {
        var bytes = Enumerable.Range(1, 32).Select(i => (byte)i).ToArray();
        var key = new ImageHash(bytes);
        var back = new byte[32];
        key.CopyTo(back);

        Assert.Equal(bytes, back);
        Assert.Equal(Convert.ToHexStringLower(bytes), key.ToString());
        for (var i = 0; i < 32; i++)
        {
            bytes[i] ^= 1;
            Assert.NotEqual(key, new ImageHash(bytes));
            bytes[i] ^= 1;
        }

        Assert.Throws<ArgumentException>(() => new ImageHash(bytes.AsSpan(1)));
    }

    private static string Expected(string hex) =>
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Convert.FromHexString(hex)));
}
