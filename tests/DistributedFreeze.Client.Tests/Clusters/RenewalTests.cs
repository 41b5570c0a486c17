using System.Globalization;
using System.Security.Authentication;
using System.Text.RegularExpressions;
using DistributedFreeze.Client.Security;
using DistributedFreeze.Client.Tests.Remote;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using DistributedFreeze.Security;

namespace DistributedFreeze.Client.Tests.Clusters;

/// <summary>Certificates that are replaced while silos and a client use them.</summary>
[Slow(seconds: 100)]
public sealed class RenewalTests : IDisposable
{
    /// <summary>Enough for a silo to start and join in the middle.</summary>
    private const int Epochs = 60;

    private readonly TemporaryFolder _folder = new();
    private readonly ClusterRuns _runs;
    private readonly TestAuthority _old;
    private readonly TestAuthority _new;

    public RenewalTests(ClusterRuns runs)
    {
        _runs = runs;
        _old = new(_folder.Path, "old", subject: "cluster");
        _new = new(_folder.Path, "new", subject: "cluster");
    }

    [Fact]
    public async Task ARunGoesOn_WhileItsSilosAndAuthorityAreRenewedAndANewSiloJoins()
    {
        var mounted = Files("mounted").Write(_old.IssuePem("silo"), _old);
        var shown = Files("client").Write(_old.IssuePem("client"), _old);
        await using var cluster = await SiloCluster.StartAsync(2, settings: mounted.Settings);
        await using var connection = await cluster.ConnectAsync(shown.Options);
        var runId = await connection.Client.SubmitAsync(
            _runs.Spec("renewed", replicas: 3, Epochs) with { MinReplicas = 2 }, cancellationToken: TestContext.Current.CancellationToken);
        using var ofOld = Files("of-old").Write(_old.IssuePem("somebody"), _old).Read();
        using var ofNew = Files("of-new").Write(_new.IssuePem("somebody"), _new).Read();

        var groups = new List<RunEvent.Regrouped>();
        var losses = new List<RunEvent.ReplicaLost>();
        var windows = 0;
        RunEvent? last = null;
        await foreach (var happened in connection.Client.WatchAsync(runId, cancellationToken: TestContext.Current.CancellationToken))
        {
            last = happened;
            if (happened is RunEvent.Regrouped group)
            {
                groups.Add(group);
            }

            if (happened is RunEvent.ReplicaLost loss)
            {
                losses.Add(loss);
            }

            if (happened is RunEvent.WindowDone && ++windows == 3)
            {
                await RenewAsync();
            }
        }

        Assert.IsType<RunEvent.Ended>(last);
        var run = await connection.Client.GetAsync(runId, TestContext.Current.CancellationToken);
        await _runs.AssertSameResultAsync(run);
        Assert.Contains(groups, group => group.Devices.Length == 3);
        Assert.Empty(losses);

        async Task RenewAsync()
        {
            mounted.Trust(_old, _new);
            mounted.Write(_new.IssuePem("silo"), _old, _new);
            foreach (var gateway in cluster.Gateways)
            {
                await EnsureLetInAsync(gateway, ofNew); // who trusts the new authority alone is shown a certificate of it
            }

            mounted.Trust(_new);
            foreach (var gateway in cluster.Gateways)
            {
                await EnsureLetInAsync(gateway, ofNew);
                await Assert.ThrowsAsync<AuthenticationException>(() => EnsureLetInAsync(gateway, ofOld));
            }

            await cluster.AddAsync();
        }
    }

    [Fact]
    public async Task AClientThatStaysConnected_TakesItsRenewedFilesWhenItConnectsAgain()
    {
        using var redis = await RedisServer.StartAsync();
        var shown = Files("client").Write(_old.IssuePem("client"), _old);
        string[] settings = ["Clustering=redis", $"Redis={redis.Connection}"];
        var before = await SiloProcess.StartAsync([.. settings, .. Files("before").Write(_old.IssuePem("silo"), _old).Settings]);
        try
        {
            await using var connection = await ClusterConnection.ConnectAsync(
                new() { Gateways = [before.Gateway], Tls = shown.Options }, TestContext.Current.CancellationToken);
            Assert.Empty(await connection.Client.ListAsync(cancellationToken: TestContext.Current.CancellationToken));

            shown.Write(_new.IssuePem("client"), _new);
            Assert.Empty(await connection.Client.ListAsync(cancellationToken: TestContext.Current.CancellationToken));
            var port = before.Gateway.Split(':')[1];
            await AssertToldAsync(before, "own", DaysLeft(8));
            await AssertToldAsync(before, "authority", DaysLeft(9));
            await before.KillAsync();
            await using var after = await SiloProcess.StartAsync(
                [.. settings, $"GatewayPort={port}", .. Files("after").Write(_new.IssuePem("silo"), _new).Settings]);

            await Assert.ThrowsAsync<RunNotFoundException>(() =>
                connection.Client.GetAsync("none", connection.Client.RetryTimeout, TestContext.Current.CancellationToken));
        }
        finally
        {
            await before.DisposeAsync();
        }
    }

    public void Dispose()
    {
        _old.Dispose();
        _new.Dispose();
        _folder.Dispose();
    }

    /// <summary>To the day, as test authorities count.</summary>
    private static DateTimeOffset DaysLeft(int days) => TimeProvider.System.GetUtcNow().AddDays(days);

    private static async Task AssertToldAsync(SiloProcess silo, string use, DateTimeOffset expiry)
    {
        using var http = new HttpClient { BaseAddress = silo.Http };
        var metrics = await http.GetStringAsync("/metrics", TestContext.Current.CancellationToken);
        var told = Regex.Match(metrics, $@"^distributed_freeze_certificate_expiry_timestamp_seconds{{[^\n]*use=""{use}""[^\n]*}} (\d+)", RegexOptions.Multiline);
        Assert.True(told.Success, metrics);
        var end = DateTimeOffset.FromUnixTimeSeconds(long.Parse(told.Groups[1].ValueSpan, CultureInfo.InvariantCulture));
        Assert.Equal(expiry, end, TimeSpan.FromHours(1));
    }

    private TlsFiles Files(string name) => new(_folder.In(name));

    private static Task EnsureLetInAsync(string gateway, ClusterCertificates shown)
    {
        var end = System.Net.IPEndPoint.Parse(gateway);
        return ClusterTls.EnsureLetInAsync($"{end.Address}", end.Port, shown, TestContext.Current.CancellationToken);
    }
}
