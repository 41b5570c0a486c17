using DistributedFreeze.Client.Tests.Commands;
using DistributedFreeze.Errors;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace DistributedFreeze.Client.Tests.Remote;

/// <summary>Commands and programs that show a cluster a certificate, or should.</summary>
[Slow]
public sealed class TlsClientTests(TlsSilo silo, PlainSilo plain) : IClassFixture<TlsSilo>, IClassFixture<PlainSilo>
{
    [Fact]
    public async Task ACommandWithACertificateOfTheAuthority_IsLetIn()
    {
        var run = await CommandRun.OfAsync(["runs", "--cluster", silo.Gateway, .. Shown(silo.Good)]);

        Assert.Equal((0, "No runs yet.", ""), (run.ExitCode, run.Output.Trim(), run.Error));
    }

    [Fact]
    public async Task FilesOfVariablesAndOfAContext_AreShown()
    {
        Dictionary<string, string> environment = new()
        {
            ["DFREEZE_CONTEXTS"] = silo.In("contexts.yaml"),
            ["DFREEZE_CLUSTER"] = silo.Gateway,
            ["DFREEZE_TLS_CA"] = silo.Good.CaPath!,
            ["DFREEZE_TLS_CERT"] = silo.Good.CertificatePath!,
            ["DFREEZE_TLS_KEY"] = silo.Good.KeyPath!,
        };
        Assert.Equal((0, "No runs yet.", ""), Trimmed(await DfreezeProcess.RunAsync(environment, "runs")));

        foreach (var name in environment.Keys.Where(name => name != "DFREEZE_CONTEXTS"))
        {
            environment[name] = "";
        }

        Assert.Equal((0, "", ""), Trimmed(await DfreezeProcess.RunAsync(environment, ["context", "add", "secured", "--cluster", silo.Gateway, .. Shown(silo.Good)])));
        Assert.Equal((0, "No runs yet.", ""), Trimmed(await DfreezeProcess.RunAsync(environment, "runs")));

        static (int ExitCode, string Output, string Error) Trimmed((int ExitCode, string Output, string Error) run) =>
            (run.ExitCode, run.Output.Trim(), run.Error);
    }

    [Fact]
    public async Task ACommandWithoutACertificate_IsToldThatTheGatewaySpeaksTls()
    {
        var run = await CommandRun.OfAsync("runs", "--cluster", silo.Gateway);

        Assert.Equal(1, run.ExitCode);
        Assert.Equal(
            $"error: The gateway {silo.Gateway} speaks TLS, and this client has no certificate; "
            + "set Tls of its options, or --tls-cert, --tls-key and --tls-ca of dfreeze.",
            Assert.Single(run.ErrorLines));
    }

    [Fact]
    public async Task ACertificateOfAnotherAuthority_IsNotEnough()
    {
        var run = await CommandRun.OfAsync(["runs", "--cluster", silo.Gateway, .. Shown(silo.Foreign)]);

        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith($"error: {silo.Gateway} does not let this client in: ", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ACertificateForAGatewayWithoutTls_IsToldSo()
    {
        var run = await CommandRun.OfAsync(["runs", "--cluster", plain.Gateway, .. Shown(silo.Good)]);

        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith($"error: {plain.Gateway} does not speak TLS", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task FilesThatAreMissing_AreNamed()
    {
        var one = await CommandRun.OfAsync("runs", "--cluster", "127.0.0.1:1", "--tls-cert", silo.Good.CertificatePath!, "--tls-key", silo.Good.KeyPath!);
        var unreadable = await CommandRun.OfAsync(
            ["context", "add", "secured", "--cluster", "127.0.0.1:1", .. Shown(silo.Good with { CaPath = silo.In("nowhere.pem") })]);

        Assert.Equal(2, one.ExitCode);
        Assert.StartsWith("error: --tls-ca: is missing; ", Assert.Single(one.ErrorLines), StringComparison.Ordinal);
        Assert.Equal(2, unreadable.ExitCode);
        Assert.StartsWith($"error: {silo.In("nowhere.pem")}: cannot be read", Assert.Single(unreadable.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AHost_ConnectsWithACertificateAndEndsItsStartWithoutAGoodOne()
    {
        using (var host = HostOf(silo.Good))
        {
            await host.StartAsync(TestContext.Current.CancellationToken);
            var client = host.Services.GetRequiredService<DistributedFreezeClient>();
            Assert.Empty(await client.ListAsync(cancellationToken: TestContext.Current.CancellationToken));
            await host.StopAsync(TestContext.Current.CancellationToken);
        }

        using var stranger = HostOf(silo.Foreign);
        var refused = await Assert.ThrowsAsync<System.Security.Authentication.AuthenticationException>(() => stranger.StartAsync(TestContext.Current.CancellationToken));
        Assert.Contains("does not let this client in", refused.Message, StringComparison.Ordinal);
        var half = Assert.Throws<InvalidInputException>(() => HostOf(silo.Good with { KeyPath = null }));
        Assert.Equal("tls key", Assert.Single(half.Problems).Field);
    }

    private static string[] Shown(ClientTlsOptions tls) => ["--tls-ca", tls.CaPath!, "--tls-cert", tls.CertificatePath!, "--tls-key", tls.KeyPath!];

    private IHost HostOf(ClientTlsOptions tls)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.AddDistributedFreezeClient(new() { Gateways = [silo.Gateway], Tls = tls });
        return builder.Build();
    }
}
