using DistributedFreeze.Silo.Hosting;

namespace DistributedFreeze.Client.Tests.Remote;

[Slow]
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

    [Theory]
    [InlineData("--bogus", "unknown option --bogus; --help lists them")]
    [InlineData("--SiloPort=1", "unknown option --SiloPort; did you mean --DistributedFreeze:SiloPort?; --help lists them")]
    [InlineData("--url=http://127.0.0.1:0", "unknown option --url; did you mean --urls?; --help lists them")]
    [InlineData("--DistributedFreez:SiloPort=1", "unknown option --DistributedFreez:SiloPort; did you mean --DistributedFreeze?; --help lists them")]
    [InlineData("--DistributedFreeze:SilPort=1", "unknown option --DistributedFreeze:SilPort; did you mean --DistributedFreeze:SiloPort?; --help lists them")]
    [InlineData("--urls", "--urls needs a value: --urls=VALUE")]
    [InlineData("start", "'start' is no option; settings are written --DistributedFreeze:SiloPort=11111, and --help lists them")]
    public void AnOptionThatNobodyReads_IsNamedWithWhatIsNear(string arg, string problem) => Assert.Equal(problem, SiloArguments.Problem([arg]));

    [Theory]
    [InlineData("--urls=http://127.0.0.1:0")]
    [InlineData("--urls", "http://127.0.0.1:0")]
    [InlineData("/urls", "http://127.0.0.1:0")]
    [InlineData("urls=http://127.0.0.1:0")]
    [InlineData("--environment=Development")]
    [InlineData("--distributedfreeze:siloport=0")]
    [InlineData("--DistributedFreeze:DataRoots:0=/data", "--DistributedFreeze:Tls:CaPath", "/ca.pem")]
    [InlineData("--Logging:LogLevel:Default=Debug", "--Kestrel:Limits:MaxRequestBodySize=1", "--ConnectionStrings:redis=redis")]
    public void AnOptionOfAspNets_Passes(params string[] args) => Assert.Null(SiloArguments.Problem(args));

    [Theory]
    [InlineData("--help", "DistributedFreeze:SETTING=VALUE")]
    [InlineData("--version", "0.1.0")]
    public void HelpAndVersion_AreAnsweredWithoutASilo(string arg, string words) =>
        Assert.Contains(words, SiloArguments.Answer(["--urls=http://127.0.0.1:0", arg], SiloVersion.Current), StringComparison.Ordinal);

    [Fact]
    public async Task AMisspeltOption_EndsTheProcessWithOneLineAndExitCode2()
    {
        var (exitCode, error) = await SiloProcess.EndAsync("--bogus");

        Assert.Equal("error: unknown option --bogus; --help lists them", error.Trim());
        Assert.Equal(2, exitCode);
    }
}
