using System.Collections.Immutable;
using System.Net;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Exchange.Sockets;

/// <summary>Several silos in this process, each with a port of its own on loopback.</summary>
internal sealed class Silos : IAsyncDisposable
{
    public static readonly ImmutableArray<byte> Key = [.. Enumerable.Range(0, ProcessGroup.KeyLength).Select(i => (byte)i)];

    public Silos(int count, ExchangeTls? tls = null, PortLimits? limits = null, bool nearby = true)
    {
        Logs = [.. Enumerable.Range(0, count).Select(_ => new LogLines())];
        Ports = [.. Logs.Select(log => ExchangePort.Start(IPAddress.Loopback, 0, log, tls, limits, nearby))];
        Exchanges = [.. Ports.Select(port => new SharedExchanges(port))];
    }

    public ImmutableArray<LogLines> Logs { get; }

    public ImmutableArray<ExchangePort> Ports { get; }

    public ImmutableArray<SharedExchanges> Exchanges { get; }

    public ProcessGroup Plan(int host, int shards, params int[] members) => new()
    {
        Name = "run/0/1",
        Key = Key,
        Shards = shards,
        Host = host,
        Hosts = [.. members.Select((count, i) => new ExchangeHost($"127.0.0.1:{Ports[i].Port}", count))],
    };

    /// <summary>Runs one thread per member of every host; shards are divided among them in order.</summary>
    public Task<T[]> RunAsync<T>(
        int shards, int length, int[] members, Func<ExchangeMember, T> work, ExchangeType wire = ExchangeType.Fp32, ImmutableArray<ImmutableArray<int>>? assignment = null)
    {
        var parts = assignment ?? ShardAssignment.Divide(shards, members.Sum());
        var all = members.SelectMany((count, host) => Enumerable.Range(0, count).Select(member => (host, member))).ToArray();
        return Threads.Run(all.Length, i =>
        {
            var (host, member) = all[i];
            using var membership = Exchanges[host].Join(Plan(host, shards, members) with { Wire = wire }, member, length);
            return work(new(host, membership, new(new(shards), length), parts[i]));
        });
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var port in Ports)
        {
            await port.DisposeAsync();
        }
    }
}

/// <summary>One replica of a test.</summary>
internal sealed record ExchangeMember(int Host, SharedExchanges.Membership Membership, PartialSums Sums, ImmutableArray<int> Shards)
{
    /// <summary>Makes a step out of what the shards bring; null stands for a shard without images.</summary>
    public StepTotal Step(Func<int, float[]?> contribution, int samples = 1, bool wantsStop = false, CancellationToken? cancellationToken = null)
    {
        Sums.Reset();
        foreach (var shard in Shards)
        {
            Sums.Push(shard, contribution(shard) ?? []);
        }

        return Membership.Seat.AllReduce(Sums, samples, wantsStop, cancellationToken ?? TestContext.Current.CancellationToken);
    }
}
