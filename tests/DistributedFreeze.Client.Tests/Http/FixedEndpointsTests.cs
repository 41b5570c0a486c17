using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using DistributedFreeze.Silo.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DistributedFreeze.Client.Tests.Http;

/// <summary>What the web server takes of settings that change.</summary>
public sealed class FixedEndpointsTests
{
    private static readonly TimeSpan MostWait = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task APortThatSettingsNameLater_IsNotOpened()
    {
        await using var silo = SiloHost.Build(["--Kestrel:Endpoints:Here:Url=http://127.0.0.1:0", "--DistributedFreeze:CpuSlots=1"]);
        var server = silo.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value;

        silo.Configuration["Kestrel:Endpoints:There:Url"] = "http://0.0.0.0:0";
        ((IConfigurationRoot)silo.Configuration).Reload();

        Assert.Equal("Here", Assert.Single(server.ConfigurationLoader!.Configuration.GetSection("Endpoints").GetChildren()).Key);
    }

    [Fact]
    [Slow(seconds: 9)]
    public async Task ACertificateThatIsRenewedInItsFiles_IsTakenAllTheSame()
    {
        using var folder = new TemporaryFolder();
        using var authority = new TestAuthority(folder.Path, "web");
        using var free = new FreePort(IPAddress.Loopback);
        var port = free.Number;
        var (certificate, key) = (folder.In("served.crt"), folder.In("served.key"));
        Issue();
        var builder = WebApplication.CreateBuilder([
            $"--Kestrel:Endpoints:Web:Url=https://127.0.0.1:{port}", $"--Kestrel:Certificates:Default:Path={certificate}", $"--Kestrel:Certificates:Default:KeyPath={key}",
        ]);
        builder.Logging.ClearProviders();
        builder.FixEndpoints();
        await using var web = builder.Build();
        free.Dispose();
        await web.StartAsync(TestContext.Current.CancellationToken);
        var first = await ShownAsync(port);

        Issue();

        var shown = first;
        for (var begun = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begun) < MostWait && (shown == first || shown.Length == 0);)
        {
            shown = await ShownAsync(port);
        }

        Assert.DoesNotContain(shown, (string[])["", first]);

        void Issue()
        {
            var (issued, issuedKey) = authority.IssuePem("silo");
            File.WriteAllText(key, issuedKey);
            File.Move(folder.Write("next.crt", issued), certificate, overwrite: true);
        }
    }

    /// <summary>Thumbprint of the certificate that a port shows; empty where it is being opened anew.</summary>
    private static async Task<string> ShownAsync(int port)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", port, TestContext.Current.CancellationToken);
            await using var tls = new SslStream(client.GetStream(), leaveInnerStreamOpen: false, (_, shown, _, _) => shown is not null);
            await tls.AuthenticateAsClientAsync("silo");
            return tls.RemoteCertificate!.GetCertHashString();
        }
        catch (Exception closed) when (closed is SocketException or IOException or AuthenticationException)
        {
            return "";
        }
    }
}
