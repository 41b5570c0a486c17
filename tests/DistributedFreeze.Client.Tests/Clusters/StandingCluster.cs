using DistributedFreeze.Devices;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Client.Tests.Clusters;

/// <summary>A cluster that serves one test after another: most of what a silo costs is its start and its first run.</summary>
public sealed class StandingCluster : IAsyncDisposable
{
    private SiloCluster? _cluster;

    /// <summary>As many silos as a test begins with, all of them idle; skips the test where the machine has no Redis.</summary>
    /// <param name="silos">How many, at least 1.</param>
    internal async Task<SiloCluster> OfAsync(int silos)
    {
        if (_cluster is { Silos.Count: > 0 } used && await HasUnfinishedRunsAsync(used))
        {
            await DisposeAsync(); // what a test has left that failed
        }

        var cluster = _cluster ??= await SiloCluster.StartAsync(silos: 0);
        foreach (var silo in cluster.Silos.Skip(silos).ToList())
        {
            await cluster.TerminateAsync(silo);
        }

        while (cluster.Silos.Count < silos)
        {
            await cluster.AddAsync();
        }

        await using var connection = await cluster.ConnectAsync();
        using var turns = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (!await AreIdleAsync(connection.Client, silos))
        {
            await turns.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }

        return cluster;
    }

    /// <summary>What the silos said at last, shown for a test that fails.</summary>
    internal void Tell()
    {
        foreach (var port in _cluster?.Silos ?? [])
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"The silo at {port} said at last:{Environment.NewLine}{string.Join(Environment.NewLine, _cluster![port].LastLines)}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_cluster is { } cluster)
        {
            _cluster = null;
            await cluster.DisposeAsync();
        }
    }

    private static async Task<bool> AreIdleAsync(DistributedFreezeClient client, int silos)
    {
        try
        {
            var devices = await client.ListDevicesAsync(TestContext.Current.CancellationToken);
            return devices.Length == silos && devices.All(device => device.State == DeviceState.Free);
        }
        catch (ClusterUnavailableException)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            return false; // who lists them has just left with a silo
        }
    }

    private static async Task<bool> HasUnfinishedRunsAsync(SiloCluster cluster)
    {
        await using var connection = await cluster.ConnectAsync();
        var runs = await connection.Client.ListAsync(cancellationToken: TestContext.Current.CancellationToken);
        return runs.Any(run => !run.State.IsFinal() && run.State != RunState.Paused);
    }
}
