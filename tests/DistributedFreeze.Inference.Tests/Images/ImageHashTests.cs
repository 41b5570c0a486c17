namespace DistributedFreeze.Inference.Images;

public sealed class ImageHashTests
{
    /// <summary>The test vector of FIPS 180-2.</summary>
    [Fact]
    public void Of_IsTheSha256OfTheContent()
    {
        var hash = ImageHash.Of("abc"u8);

        Assert.Equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", hash.ToString());
        Assert.Equal(unchecked((long)0xba7816bf8f01cfea), hash.Key);
    }

    [Fact]
    public void CopyTo_GivesTheBytesThatMakeItAgain()
    {
        var hash = ImageHash.Of("abc"u8);
        var digest = new byte[ImageHash.Bytes];
        hash.CopyTo(digest);

        Assert.Equal(hash, new ImageHash(digest));
        digest[31] ^= 1;
        Assert.NotEqual(hash, new ImageHash(digest));
        Assert.Throws<ArgumentException>("digest", () => new ImageHash(digest.AsSpan(1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => hash.CopyTo(new byte[31]));
    }
}
