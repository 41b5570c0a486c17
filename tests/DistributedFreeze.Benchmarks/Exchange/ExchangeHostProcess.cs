using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using DistributedFreeze.Exchange;
using DistributedFreeze.Exchange.Sockets;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistributedFreeze.Benchmarks.Exchange;

/// <summary>One process of our exchange, a silo with one replica that holds one shard.</summary>
internal static class ExchangeHostProcess
{
    public const string Command = "exchange-host";
    public const string OverTcp = "--tcp";

    /// <param name="host">Its index.</param>
    /// <param name="nearby">False where it speaks TCP although the others are on the same machine.</param>
    public static async Task RunAsync(int host, bool nearby)
    {
        await using var port = ExchangePort.Start(IPAddress.Loopback, 0, NullLogger.Instance, nearby: nearby);
        Console.WriteLine(port.Port);
        ImmutableArray<ExchangeHost> hosts = [.. Console.ReadLine()!.Split(' ')[1..].Select(number => new ExchangeHost($"127.0.0.1:{number}", 1))];
        var exchanges = new SharedExchanges(port);
        var seats = new Dictionary<int, (SharedExchanges.Membership Membership, PartialSums Sums)>();
        while (Console.ReadLine()?.Split(' ') is [_, var length, var count])
        {
            var elements = int.Parse(length, CultureInfo.InvariantCulture);
            if (!seats.TryGetValue(elements, out var seat))
            {
                seat = Join(exchanges, host, hosts, elements);
                seats.Add(elements, seat);
            }

            seat.Membership.Seat.AllReduce(seat.Sums, hosts.Length, wantsStop: false, CancellationToken.None);
            var started = Stopwatch.GetTimestamp();
            var times = int.Parse(count, CultureInfo.InvariantCulture);
            for (var i = 0; i < times; i++)
            {
                seat.Membership.Seat.AllReduce(seat.Sums, hosts.Length, wantsStop: false, CancellationToken.None);
            }

            Console.WriteLine((Stopwatch.GetElapsedTime(started).TotalSeconds / times).ToString("R", CultureInfo.InvariantCulture));
        }

        foreach (var (membership, _) in seats.Values)
        {
            membership.Dispose();
        }
    }

    private static (SharedExchanges.Membership Membership, PartialSums Sums) Join(
        SharedExchanges exchanges, int host, ImmutableArray<ExchangeHost> hosts, int length)
    {
        var plan = new ProcessGroup
        {
            Name = $"benchmark/{length}",
            Key = [.. new byte[ProcessGroup.KeyLength]],
            Shards = hosts.Length,
            Host = host,
            Hosts = hosts,
        };
        var sums = new PartialSums(new(hosts.Length), length);
        sums.Push(host, new VectorContribution(new float[length]));
        return (exchanges.Join(plan, 0, length), sums);
    }
}
