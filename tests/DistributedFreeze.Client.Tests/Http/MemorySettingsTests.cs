using DistributedFreeze.Silo.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace DistributedFreeze.Client.Tests.Http;

/// <summary>What a silo's settings of memory may be.</summary>
public sealed class MemorySettingsTests
{
    [Theory]
    [InlineData("12G", 12L << 30)]
    [InlineData("500m", 500L << 20)]
    [InlineData("4096", 4096L)]
    public void ASetting_IsANumberOfBytes(string text, long bytes)
    {
        var options = Read($"RunMemory={text}", $"FeatureMemory={text}");

        Assert.Equal((bytes, bytes), (SiloOptions.Bytes(options.RunMemory), SiloOptions.Bytes(options.FeatureMemory)));
    }

    [Theory]
    [InlineData("RunMemory", "0")]
    [InlineData("RunMemory", "-1G")]
    [InlineData("RunMemory", "much")]
    [InlineData("FeatureMemory", "-1")]
    [InlineData("FeatureMemory", "1,5G")]
    public void WhatIsNone_IsRefused(string setting, string text)
    {
        var refused = Assert.Throws<OptionsValidationException>(() => Read($"{setting}={text}"));

        Assert.StartsWith($"DistributedFreeze:{setting} must be a number of bytes", Assert.Single(refused.Failures), StringComparison.Ordinal);
        Assert.EndsWith($"got '{text}'", Assert.Single(refused.Failures), StringComparison.Ordinal);
    }

    [Fact]
    public void NoFeaturesInMemory_IsASetting() => Assert.Equal(0, SiloOptions.Bytes(Read("FeatureMemory=0").FeatureMemory));

    private static SiloOptions Read(params string[] settings) => SiloOptions.Read(new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(setting => setting.Split('=')).Select(parts => KeyValuePair.Create($"DistributedFreeze:{parts[0]}", (string?)parts[1])))
        .Build());
}
