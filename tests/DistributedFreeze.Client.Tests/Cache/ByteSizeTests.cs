using DistributedFreeze.Cli.Cache;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Client.Tests.Cache;

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
    [InlineData("1024T", 1L << 50)]
    public void ASize_IsRead(string text, long bytes) => Assert.Equal(bytes, ByteSize.Parse("--to", text));

    [Theory]
    [InlineData("")]
    [InlineData("G")]
    [InlineData("-1")]
    [InlineData("1X")]
    [InlineData("1,5G")]
    [InlineData("1025T")]
    [InlineData("99999999999999999999999T")]
    public void WhatIsNoSize_IsRefused(string text) => Assert.Throws<InvalidInputException>(() => ByteSize.Parse("--to", text));
}
