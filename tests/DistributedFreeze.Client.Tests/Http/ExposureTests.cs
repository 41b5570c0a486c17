using DistributedFreeze.Silo.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace DistributedFreeze.Client.Tests.Http;

/// <summary>What a silo must have before others reach its HTTP or its gateway.</summary>
public sealed class ExposureTests
{
    private const string Key = "a-key-of-some-length-0123";

    [Theory]
    [InlineData("urls=http://127.0.0.1:8080")]
    [InlineData("urls=http://localhost:8080;http://[::1]:8080")]
    [InlineData("urls=http://unix:/run/dfreeze.sock")]
    [InlineData("nothing=given")]
    [InlineData("urls=http://+:8080", "DistributedFreeze:Api:Enabled=false")]
    public void Loopback_AsksNobody(params string[] settings) => Assert.False(Read(settings).Api.AsksWho);

    [Theory]
    [InlineData("urls=http://0.0.0.0:8080")]
    [InlineData("urls=http://127.0.0.1:8080;http://+:8080")]
    [InlineData("http_ports=8080")]
    [InlineData("https_ports=8443")]
    [InlineData("Kestrel:Endpoints:Open:Url=http://10.0.0.1:80")]
    [InlineData("urls=http://*:8080", "DistributedFreeze:Api:Enabled=false", "DistributedFreeze:Dashboard=true")]
    public void WhatOthersReach_NeedsAKeyOrAnIssuer(params string[] settings)
    {
        var failures = Failures([.. settings, .. Roots()]);

        Assert.StartsWith("DistributedFreeze:Api:Keys or DistributedFreeze:Api:Authority must be set", Assert.Single(failures), StringComparison.Ordinal);
    }

    [Fact]
    public void WhatOthersReach_NeedsRoots()
    {
        string[] settings = ["urls=http://+:8080", $"DistributedFreeze:Api:Keys:0={Key}"];

        Assert.StartsWith("DistributedFreeze:DataRoots and DistributedFreeze:OutputRoots must be set", Assert.Single(Failures(settings)), StringComparison.Ordinal);
        Assert.True(Read([.. settings, .. Roots()]).Api.AsksWho);
    }

    /// <summary>A name that someone points at 127.0.0.1 makes a foreign page look like one of ours; metrics alone, that others reach, are for Prometheus.</summary>
    [Theory]
    [InlineData(true, "nothing=given")]
    [InlineData(true, "urls=http://127.0.0.1:8080", "DistributedFreeze:Api:Enabled=false")]
    [InlineData(false, "urls=http://0.0.0.0:8080", "DistributedFreeze:Api:Enabled=false")]
    [InlineData(false, "urls=http://127.0.0.1:8080", $"DistributedFreeze:Api:Keys:0={Key}")]
    public void WhoAsksNobody_WantsNamesOfThisMachine_UnlessThereAreMetricsAloneForOthers(bool wants, params string[] settings)
    {
        Assert.Equal(wants, Exposure.WantsOurNames(Read(settings), Configuration(settings)));
    }

    [Theory]
    [InlineData("10.0.0.1", "10.0.0.1:30000")]
    [InlineData("fd00::1", "[fd00::1]:30000")]
    [InlineData("10.0.0.1", "10.0.0.1:30000", "urls=http://+:8080", $"DistributedFreeze:Api:Keys:0={Key}")]
    [InlineData("10.0.0.1", "10.0.0.1:30000", "DistributedFreeze:Api:Enabled=false")]
    public void AGatewayThatOthersReach_NeedsRoots(string address, string gateway, params string[] settings)
    {
        string[] exposed = [.. settings, $"DistributedFreeze:AdvertisedAddress={address}"];

        Assert.StartsWith(
            $"DistributedFreeze:DataRoots and DistributedFreeze:OutputRoots must be set, since others reach the gateway at {gateway}: ",
            Assert.Single(Failures(exposed)),
            StringComparison.Ordinal);
        Assert.Single(Failures([.. exposed, Roots()[0]]));
        Assert.Equal(address, Read([.. exposed, .. Roots()]).AdvertisedAddress);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.1.2.3")]
    [InlineData("::1")]
    public void AGatewayOnLoopback_NeedsNoRoots(string address) =>
        Assert.Equal(address, Read($"DistributedFreeze:AdvertisedAddress={address}").AdvertisedAddress);

    [Theory]
    [InlineData("Api:Keys:0 must have at least 20", "Keys:0=short")]
    [InlineData("Api:Authority and DistributedFreeze:Api:Audience go together", "Authority=https://issuer")]
    [InlineData("Api:Authority and DistributedFreeze:Api:Audience go together", "Audience=dfreeze")]
    [InlineData("Api:Authority must be an https URL", "Authority=http://issuer", "Audience=dfreeze")]
    [InlineData("RequestsPerMinute", "RequestsPerMinute=0")]
    [InlineData("LongestRequest", "LongestRequest=1")]
    [InlineData("'Kees'", "Kees:0=a")]
    public void AWrongSetting_IsNamed(string said, params string[] settings) =>
        Assert.Contains(said, Assert.Single(Failures([.. settings.Select(setting => $"DistributedFreeze:Api:{setting}")])), StringComparison.Ordinal);

    private static string[] Roots() => [$"DistributedFreeze:DataRoots:0={Path.GetTempPath()}", $"DistributedFreeze:OutputRoots:0={Path.GetTempPath()}"];

    private static IEnumerable<string> Failures(string[] settings) => Assert.Throws<OptionsValidationException>(() => Read(settings)).Failures;

    private static SiloOptions Read(params string[] settings) => SiloOptions.Read(Configuration(settings));

    private static IConfigurationRoot Configuration(string[] settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(setting => setting.Split('=', 2)).Select(pair => KeyValuePair.Create(pair[0], (string?)pair[1])))
        .Build();
}
