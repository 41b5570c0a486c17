using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using DistributedFreeze.Client.Security;
using DistributedFreeze.Security;

namespace DistributedFreeze.Hostile.Ports;

/// <summary>Whoever has a certificate for clients is let in by the gateway, and is no silo.</summary>
[Slow]
public sealed class CertificateTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task AClientsCertificate_IsNotASilos()
    {
        using var authority = new TestAuthority(_folder.Path, "ours");
        var (certificate, key) = authority.Issue("silo");
        var port = FreePort();
        await using var silo = await SiloProcess.StartAsync(
            $"Tls:CertificatePath={certificate}", $"Tls:KeyPath={key}", $"Tls:CaPath={authority.CaPath}", $"SiloPort={port}", "CpuSlots=1");
        using var silos = ClusterCertificates.Read(certificate, key, authority.CaPath);
        var (clientCertificate, clientKey) = authority.Issue("client", isSilo: false);
        using var clients = ClusterCertificates.Read(clientCertificate, clientKey, authority.CaPath);

        await EnterAsync(IPEndPoint.Parse(silo.Gateway).Port, clients);
        await EnterAsync(port, silos);
        var refused = await Assert.ThrowsAsync<AuthenticationException>(() => EnterAsync(port, clients));

        Assert.Contains("does not let this client in", refused.Message, StringComparison.Ordinal);
        Assert.Contains("CN=client", await silo.SaysAsync("No connection with"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AClientsCertificate_IsNoGateways()
    {
        using var authority = new TestAuthority(_folder.Path, "ours");
        var (certificate, key) = authority.Issue("rogue", isSilo: false);
        using var rogue = ClusterCertificates.Read(certificate, key, authority.CaPath);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = ServeAsync();

        var refused = await Assert.ThrowsAsync<AuthenticationException>(() => EnterAsync(((IPEndPoint)listener.LocalEndpoint).Port, rogue));

        Assert.Contains("is not to be trusted", refused.Message, StringComparison.Ordinal);
        await serving;

        async Task ServeAsync()
        {
            using var socket = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
            await using var tls = new System.Net.Security.SslStream(socket.GetStream());
            await Assert.ThrowsAnyAsync<Exception>(async () =>
            {
                await tls.AuthenticateAsServerAsync(rogue.ForServer(), TestContext.Current.CancellationToken);
                await tls.ReadExactlyAsync(new byte[1], TestContext.Current.CancellationToken);
            });
        }
    }

    public void Dispose() => _folder.Dispose();

    private static Task EnterAsync(int port, ClusterCertificates certificates) =>
        ClusterTls.EnsureLetInAsync("127.0.0.1", port, certificates, TestContext.Current.CancellationToken);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
