using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using DistributedFreeze.Client.Security;
using DistributedFreeze.Client.Tests.Commands;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using DistributedFreeze.Security;

namespace DistributedFreeze.Client.Tests.Remote;

/// <summary>Silos and clients that show one another certificates.</summary>
[Slow]
public sealed class TlsTests : IDisposable
{
    private readonly DrawnImages _images = new();
    private readonly TestAuthority _ours;
    private readonly TestAuthority _foreign;

    public TlsTests()
    {
        _ours = new(_images.In("."), "ours");
        _foreign = new(_images.In("."), "foreign");
    }

    [Fact]
    public async Task SilosWithCertificatesOfOneAuthority_AreOneCluster()
    {
        using var redis = await RedisServer.StartAsync();
        string[] settings = ["Clustering=redis", $"Redis={redis.Connection}", "CpuSlots=1", "ExchangePort=0"];
        await using var one = await SiloProcess.StartAsync([.. settings, .. Settings("one")]);
        await using var other = await SiloProcess.StartAsync([.. settings, .. Settings("other")]);
        await using var throughOne = await ConnectAsync(one, "one-client");
        await using var throughOther = await ConnectAsync(other, "other-client");

        var first = await throughOne.Client.SubmitAsync(Spec("first"), cancellationToken: TestContext.Current.CancellationToken);
        var second = await throughOther.Client.SubmitAsync(Spec("second"), cancellationToken: TestContext.Current.CancellationToken);

        // Events are in a coordinator's memory alone: who sees them from the first one on is in its cluster.
        Assert.Equal(1, await FirstEventAsync(throughOther.Client, first));
        Assert.Equal(1, await FirstEventAsync(throughOne.Client, second));
        Assert.Equal(RunState.Succeeded, (await throughOther.Client.WaitAsync(first, TestContext.Current.CancellationToken)).State);
    }

    [Fact]
    public async Task WhoHasNoCertificateOfTheAuthority_IsRefusedAndToldWhy()
    {
        var siloPort = UnusedPort.Find();
        await using var silo = await SiloProcess.StartAsync([.. Settings("silo"), $"SiloPort={siloPort}"]);
        using var good = Certificates(_ours, "client", _ours);
        using var foreign = Certificates(_foreign, "stranger", _ours);
        using var distrusting = Certificates(_ours, "client", _foreign);

        await EnsureLetInAsync(silo, good);
        var refused = await Assert.ThrowsAsync<AuthenticationException>(() => EnsureLetInAsync(silo, foreign));
        var refusedAsASilo = await Assert.ThrowsAsync<AuthenticationException>(() =>
            ClusterTls.EnsureLetInAsync("127.0.0.1", siloPort, foreign, TestContext.Current.CancellationToken));
        var distrusted = await Assert.ThrowsAsync<AuthenticationException>(() => EnsureLetInAsync(silo, distrusting));

        const string Refusal = "does not let this client in: its authorities have not issued this client's certificate";
        Assert.Contains(Refusal, refused.Message, StringComparison.Ordinal);
        Assert.Contains(Refusal, refusedAsASilo.Message, StringComparison.Ordinal);
        Assert.Contains("its certificate, CN=stranger, is not one of this cluster's authorities", await silo.SaysAsync("No connection with "), StringComparison.Ordinal);
        Assert.Contains("is not to be trusted: its certificate, CN=silo, is not one of this cluster's authorities", distrusted.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhoShowsNothing_IsRefused()
    {
        await using var silo = await SiloProcess.StartAsync(Settings("silo"));

        await ShowNothingAsync(silo);
        Assert.Contains("it shows no certificate", await silo.SaysAsync("No connection with "), StringComparison.Ordinal);

        var plain = new DistributedFreezeClientOptions { Gateways = [silo.Gateway], ConnectTimeout = TimeSpan.FromSeconds(2) };
        await Assert.ThrowsAsync<ClusterUnavailableException>(() => ClusterConnection.ConnectAsync(plain, TestContext.Current.CancellationToken));
        Assert.Contains("it does not speak TLS", await silo.SaysAsync("No connection with "), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("must be the private key of")]
    [InlineData("cannot be read as certificates")]
    [InlineData("give all three or none")]
    [InlineData("Tls:ClientCaPath only with them")]
    public async Task WrongFiles_AreNamedBeforeTheSiloStarts(string said)
    {
        var (certificate, _) = _ours.Issue("silo");
        var (_, otherKey) = _ours.Issue("other");
        string[] settings = said switch
        {
            "must be the private key of" => Settings(certificate, otherKey, _ours.CaPath),
            "cannot be read as certificates" => Settings(certificate, otherKey, _images.In("missing.pem")),
            "give all three or none" => [$"Tls:CertificatePath={certificate}"],
            _ => [$"Tls:ClientCaPath={_ours.CaPath}"],
        };

        var (exitCode, error) = await SiloProcess.EndAsync(settings);

        Assert.Equal(2, exitCode);
        Assert.Contains(said, Assert.Single(error.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public void AKeyThatIsMissing_IsNamed()
    {
        var (certificate, key) = _ours.Issue("silo");
        File.Delete(key);

        var wrong = Assert.Throws<InvalidInputException>(() => ClusterCertificates.Read(certificate, key, _ours.CaPath));

        Assert.Equal(key, Assert.Single(wrong.Problems).Field);
    }

    public void Dispose()
    {
        _ours.Dispose();
        _foreign.Dispose();
        _images.Dispose();
    }

    private static async Task EnsureLetInAsync(SiloProcess silo, ClusterCertificates certificates)
    {
        var colon = silo.Gateway.LastIndexOf(':');
        await ClusterTls.EnsureLetInAsync(
            silo.Gateway[..colon], int.Parse(silo.Gateway[(colon + 1)..], null), certificates, TestContext.Current.CancellationToken);
    }

    private async Task ShowNothingAsync(SiloProcess silo)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(System.Net.IPEndPoint.Parse(silo.Gateway), TestContext.Current.CancellationToken);
        await using var ssl = new SslStream(socket.GetStream());
        using var certificates = Certificates(_ours, "nameless", _ours);
        var options = certificates.ForClient();
        options.ClientCertificateContext = null;
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await ssl.AuthenticateAsClientAsync(options, TestContext.Current.CancellationToken);
            await ssl.ReadExactlyAsync(new byte[1], TestContext.Current.CancellationToken);
        });
    }

    private Task<ClusterConnection> ConnectAsync(SiloProcess silo, string name)
    {
        var (certificate, key) = _ours.Issue(name);
        return ClusterConnection.ConnectAsync(
            new() { Gateways = [silo.Gateway], Tls = new() { CertificatePath = certificate, KeyPath = key, CaPath = _ours.CaPath } },
            TestContext.Current.CancellationToken);
    }

    private static async Task<long> FirstEventAsync(DistributedFreezeClient client, string runId)
    {
        await foreach (var happened in client.WatchAsync(runId, cancellationToken: TestContext.Current.CancellationToken))
        {
            return happened.Sequence;
        }

        return 0;
    }

    private static ClusterCertificates Certificates(TestAuthority issuer, string name, TestAuthority trusted)
    {
        var (certificate, key) = issuer.Issue(name);
        return ClusterCertificates.Read(certificate, key, trusted.CaPath);
    }

    private static string[] Settings(string certificate, string key, string authority) =>
        [$"Tls:CertificatePath={certificate}", $"Tls:KeyPath={key}", $"Tls:CaPath={authority}"];

    private string[] Settings(string name)
    {
        var (certificate, key) = _ours.Issue(name);
        return Settings(certificate, key, _ours.CaPath);
    }

    private RunSpec Spec(string output) => new()
    {
        Data = new() { Path = _images.Path, ImageSize = 40 },
        BatchSize = 8,
        Shards = 4,
        Output = _images.In(output),
        Replicas = 1,
        Phases = [new() { Epochs = 1 }],
    };
}
