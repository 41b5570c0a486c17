using System.Collections.Concurrent;
using DistributedFreeze.Client;
using DistributedFreeze.Devices;
using DistributedFreeze.Runs;

namespace DistributedFreeze.TestKit.Silos;

/// <summary>Silos in processes of their own, with a Redis of their own.</summary>
public sealed class SiloCluster : IAsyncDisposable
{
    private readonly ConcurrentDictionary<int, SiloProcess> _silos = [];
    private readonly string[] _settings;
    private readonly string? _logs;
    private readonly Func<int, SiloPlacement?>? _places;

    private SiloCluster(RedisServer redis, string[] settings, string? logs = null, Func<int, SiloPlacement?>? places = null) =>
        (Redis, _settings, _logs, _places) = (redis, settings, logs, places);

    /// <summary>Where they keep what they store.</summary>
    public RedisServer Redis { get; }

    /// <summary>Ports of the silos, by which their addresses are told apart.</summary>
    public IReadOnlyCollection<int> Silos => [.. _silos.Keys];

    /// <summary>Where clients connect to.</summary>
    public IReadOnlyCollection<string> Gateways => [.. _silos.Values.Select(silo => silo.Gateway)];

    /// <summary>Starts silos one after another, or skips the test where the machine has no Redis.</summary>
    /// <param name="silos">How many.</param>
    /// <param name="slots">Devices of each.</param>
    /// <param name="settings">What each has beside its own.</param>
    public static async Task<SiloCluster> StartAsync(int silos, int slots = 1, params string[] settings)
    {
        var cluster = new SiloCluster(await RedisServer.StartAsync(), settings);
        try
        {
            for (var i = 0; i < silos; i++)
            {
                await cluster.AddAsync(slots);
            }
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }

        return cluster;
    }

    /// <summary>A cluster without silos as yet.</summary>
    /// <param name="redis">Where they keep what they store; theirs from now on.</param>
    /// <param name="logs">Folder for the silos' logs.</param>
    /// <param name="places">Says of a silo's port where it runs; null runs all of them here.</param>
    /// <param name="settings">What each silo has beside its own.</param>
    public static SiloCluster Of(RedisServer redis, string logs, Func<int, SiloPlacement?>? places, params string[] settings) =>
        new(redis, settings, logs, places);

    /// <summary>Starts one more silo. Several may be started at once.</summary>
    public async Task<int> AddAsync(int slots = 1)
    {
        var port = UnusedPort.Find();
        var place = _places?.Invoke(port);
        _silos[port] = await SiloProcess.StartLoggedAsync(
            _logs is null ? null : Path.Combine(_logs, $"silo-{port}.log"),
            place,
            ["Clustering=redis", $"Redis={Redis.Connection}", $"SiloPort={port}", $"CpuSlots={slots}", "ExchangePort=0", "CheckpointSeconds=1", .. _settings]);
        return port;
    }

    /// <summary>Connects to all silos that are up.</summary>
    /// <param name="tls">What to show them.</param>
    public Task<ClusterConnection> ConnectAsync(ClientTlsOptions? tls = null) => ClusterConnection.ConnectAsync(
        new() { Gateways = [.. Gateways], Tls = tls ?? new() }, TestContext.Current.CancellationToken);

    /// <summary>A silo of the cluster.</summary>
    public SiloProcess this[int port] => _silos[port];

    /// <summary>Kills a silo, as by <c>kill -9</c>.</summary>
    public async Task KillAsync(int port)
    {
        _silos.Remove(port, out var silo);
        await silo!.KillAsync();
        await silo.DisposeAsync();
    }

    /// <summary>Asks a silo to end, and waits for that.</summary>
    public async Task<int> TerminateAsync(int port)
    {
        _silos.Remove(port, out var silo);
        var exitCode = await silo!.TerminateAsync();
        await silo.DisposeAsync();
        return exitCode;
    }

    /// <summary>Port of the silo that coordinates a run.</summary>
    public static int CoordinatorOf(RunStatus run) => PortOf(run.Coordinator!);

    /// <summary>Ports of the silos whose devices a run owns.</summary>
    public static IEnumerable<int> WorkersOf(RunStatus run) => run.Devices.Select(device => PortOf(DeviceId.Silo(device))).Distinct();

    public async ValueTask DisposeAsync()
    {
        foreach (var silo in _silos.Values)
        {
            await silo.DisposeAsync();
        }

        Redis.Dispose();
    }

    /// <summary>An address reads <c>127.0.0.1:11111@123456</c>.</summary>
    private static int PortOf(string silo) => int.Parse(silo.Split('@')[0].Split(':')[^1], System.Globalization.CultureInfo.InvariantCulture);
}
