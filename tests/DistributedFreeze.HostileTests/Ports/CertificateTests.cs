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

    /// <summary>Tools that cannot say what a certificate is for, Helm's among them, keep clients apart by an authority.</summary>
    [Fact]
    public async Task ACertificateOfTheClientsAuthority_IsNotASilos_WhateverItIsFor()
    {
        using var authority = new TestAuthority(_folder.Path, "silos");
        using var clientAuthority = new TestAuthority(_folder.Path, "clients");
        var (certificate, key) = authority.Issue("silo");
        var port = FreePort();
        await using var silo = await SiloProcess.StartAsync(
            $"Tls:CertificatePath={certificate}", $"Tls:KeyPath={key}", $"Tls:CaPath={authority.CaPath}", $"Tls:ClientCaPath={clientAuthority.CaPath}",
            $"SiloPort={port}", "CpuSlots=1");
        var (clientCertificate, clientKey) = clientAuthority.Issue("client", isSilo: true);
        using var clients = ClusterCertificates.Read(clientCertificate, clientKey, authority.CaPath);
        using var silos = ClusterCertificates.Read(certificate, key, authority.CaPath, clientAuthority.CaPath);

        await EnterAsync(IPEndPoint.Parse(silo.Gateway).Port, clients);
        await EnterAsync(port, silos);
        var refused = await Assert.ThrowsAsync<AuthenticationException>(() => EnterAsync(port, clients));

        Assert.Contains("does not let this client in", refused.Message, StringComparison.Ordinal);
        Assert.Contains("CN=client", await silo.SaysAsync("No connection with"), StringComparison.Ordinal);
        using var http = new HttpClient { BaseAddress = silo.Http };
        Assert.Contains("use=\"client_authority\"", await http.GetStringAsync("/metrics", TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public void TheExchange_IsForSilosAlone()
    {
        using var authority = new TestAuthority(_folder.Path, "silos");
        using var clientAuthority = new TestAuthority(_folder.Path, "clients");
        var (certificate, key) = authority.Issue("silo");
        using var silos = ClusterCertificates.Read(certificate, key, authority.CaPath, clientAuthority.CaPath);

        Assert.Single(silos.ForServer(forSilos: true).CertificateChainPolicy!.CustomTrustStore);
        Assert.Single(silos.ForClient().CertificateChainPolicy!.CustomTrustStore);
        Assert.Equal(2, silos.ForServer().CertificateChainPolicy!.CustomTrustStore.Count);
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
