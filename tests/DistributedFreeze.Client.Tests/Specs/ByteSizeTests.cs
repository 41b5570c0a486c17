using DistributedFreeze.Specs;

namespace DistributedFreeze.Client.Tests.Specs;

public sealed class ByteSizeTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("1234", 1234)]
    [InlineData("12B", 12)]
    [InlineData("2k", 2048)]
    [InlineData("500M", 500L << 20)]
    [InlineData("20G", 20L << 30)]
    [InlineData("20 GiB", 20L << 30)]
    [InlineData("1.5T", 3L << 39)]
    [InlineData("1.5GiB", 3L << 29)]
    [InlineData("1.0001k", 1024)]
    [InlineData("-1", -1)]
    [InlineData("1024T", 1L << 50)]
    public void ASize_IsRead(string text, long bytes)
    {
        Assert.True(ByteSize.TryParse(text, out var read));
        Assert.Equal(bytes, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("G")]
    [InlineData("iB")]
    [InlineData("1i")]
    [InlineData("1X")]
    [InlineData("1,5G")]
    [InlineData("8388608T")]
    [InlineData("99999999999999999999999T")]
    public void WhatIsNoSize_IsRefused(string text) => Assert.False(ByteSize.TryParse(text, out _));
}
