namespace DistributedFreeze.Client.Tests.Remote;

public sealed class SiloOptionTests
{
    [Theory]
    [InlineData("SiloPort", "SiloPort=70000")]
    [InlineData("GatewayPort", "GatewayPort=many")]
    [InlineData("Clustering", "Clustering=zookeeper")]
    [InlineData("Redis", "Clustering=redis")]
    [InlineData("Redis", "Redis=127.0.0.1:6379")]
    [InlineData("PostgreSql", "Clustering=adonet")]
    [InlineData("PostgreSql", "PostgreSql=Host=127.0.0.1")]
    [InlineData("Gatewayport2", "Gatewayport2=1")]
    [InlineData("AdvertisedAddress", "AdvertisedAddress=0.0.0.0")]
    [InlineData("DataRoots", "AdvertisedAddress=10.0.0.1")]
    [InlineData("ProbeSeconds", "ProbeSeconds=0")]
    [InlineData("OutputRoots", "OutputRoots:0=relative")]
    [InlineData("GatewayPort", "SiloPort=4242", "GatewayPort=4242")]
    [InlineData("ExchangePort", "Clustering=redis", "Redis=127.0.0.1:6379", "SiloPort=4242", "ExchangePort=4242")]
    [InlineData("ExchangePort", "Clustering=redis", "Redis=127.0.0.1:6379", "GatewayPort=4242", "ExchangePort=4242")]
    public async Task ABadSetting_IsOneLineThatNamesItAndExitCode2(string named, params string[] settings)
    {
        var (exitCode, error) = await SiloProcess.EndAsync(settings);

        var line = Assert.Single(error.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("error: ", line, StringComparison.Ordinal);
        Assert.Contains(named, line, StringComparison.Ordinal);
        Assert.Equal(2, exitCode);
    }
}
