using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace DistributedFreeze.Silo.Hosting;

/// <summary>Finds silos whose process has ended as soon as their connections close, long before probes do.</summary>
/// <remarks>
/// When a process dies, its machine closes its connections and refuses new ones; a machine that is only slow or overloaded does neither. So a silo
/// that the cluster counts as active, whose connection has closed and whose port is refused twice, is declared dead without a vote. A machine that
/// has died or cannot be reached closes nothing: probes find it. Thread-safe.
/// </remarks>
/// <param name="membership">The cluster's members.</param>
/// <param name="local">This silo.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Is told of silos that have ended.</param>
internal sealed partial class FailureDetector(IClusterMembershipService membership, ILocalSiloDetails local, TimeProvider time, ILogger<FailureDetector> logger)
{
    /// <summary>How often a port must be refused, one after the other.</summary>
    private const int Refusals = 2;

    private const int MostTries = 5;

    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(50);

    /// <summary>A machine that refuses does so at once, and one that closes the port of a process that is ending does so soon.</summary>
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(1);

    /// <summary>A silo speaks as soon as it is connected.</summary>
    private static readonly TimeSpan SilentTime = TimeSpan.FromSeconds(10);

    /// <summary>Watches connections that this silo makes to others: each leads to a silo's port.</summary>
    /// <param name="connections">Where they come through.</param>
    public static void WatchMade(IConnectionBuilder connections)
    {
        var detector = Of(connections);
        connections.Use(next => async context =>
        {
            try
            {
                await next(context);
            }
            finally
            {
                _ = detector.Value.LookAsync(context.RemoteEndPoint); // it logs its errors itself
            }
        });
    }

    /// <summary>Watches connections that other silos make to this one: of each, only the machine that it comes from is known.</summary>
    /// <remarks>
    /// Two silos need but one connection, and either may have made it. Who looks whether this silo lives says nothing, and is not looked at in turn: silos
    /// would do nothing else any more.
    /// </remarks>
    /// <param name="connections">Where they come through.</param>
    public static void WatchTaken(IConnectionBuilder connections)
    {
        var detector = Of(connections);
        connections.Use(next => async context =>
        {
            var isSilo = await SaysSomethingAsync(context.Transport.Input);
            try
            {
                await next(context);
            }
            finally
            {
                if (isSilo)
                {
                    _ = detector.Value.LookAroundAsync(context.RemoteEndPoint);
                }
            }
        });
    }

    /// <summary>Silos connect once they have started.</summary>
    private static Lazy<FailureDetector> Of(IConnectionBuilder connections) => new(connections.ApplicationServices.GetRequiredService<FailureDetector>);

    /// <summary>Whether anything comes before the end, or in time; it is left to be read.</summary>
    private static async Task<bool> SaysSomethingAsync(PipeReader input)
    {
        using var limit = new CancellationTokenSource(SilentTime);
        try
        {
            var first = await input.ReadAsync(limit.Token);
            input.AdvanceTo(first.Buffer.Start);
            return !first.Buffer.IsEmpty;
        }
        catch (Exception reason) when (reason is IOException or OperationCanceledException)
        {
            return false; // whoever reads on is told of an error, too, and has limits of its own
        }
    }

    /// <summary>Looks whether the silo has ended to which a connection has closed, and declares it dead if so.</summary>
    /// <param name="port">Where the connection led to.</param>
    public async Task LookAsync(EndPoint? port)
    {
        try
        {
            if (!IsActive || !await HasEndedAsync(port))
            {
                return; // a silo that leaves closes its connections itself
            }

            // A silo that leaves says so in the table before it closes anything, and gossip may be late.
            await membership.Refresh(default);
            if (IsActive && Active(port) is { } silo)
            {
                LogEnded(silo);
                await membership.TryKill(silo);
            }
        }
        catch (Exception reason)
        {
            LogNotTold(port, reason.Message); // the store may be away; probes go on
        }
    }

    /// <summary>Looks at every silo of a machine from which a connection has closed.</summary>
    /// <param name="from">Where the connection came from; its port tells nothing.</param>
    public Task LookAroundAsync(EndPoint? from) => from is IPEndPoint { Address: var machine }
        ? Task.WhenAll(membership.CurrentSnapshot.Members.Keys
            .Where(silo => silo.Endpoint.Address.MapToIPv6().Equals(machine.MapToIPv6()) && !silo.Equals(local.SiloAddress))
            .Select(silo => LookAsync(silo.Endpoint)))
        : Task.CompletedTask;

    private bool IsActive => Active(local.SiloAddress.Endpoint) is not null;

    private SiloAddress? Active(EndPoint? port) => membership.CurrentSnapshot.Members.Values
        .FirstOrDefault(member => member.Status == SiloStatus.Active && member.SiloAddress.Endpoint.Equals(port))?.SiloAddress;

    private async Task<bool> HasEndedAsync(EndPoint? port)
    {
        var refusals = 0;
        for (var tries = 0; tries < MostTries && Active(port) is not null; tries++)
        {
            switch (await AskAsync(port!))
            {
                case Answer.Lives:
                    return false;
                case Answer.BrokenOff:
                    refusals = 0;
                    break;
                case Answer.Refused when ++refusals == Refusals:
                    return true;
            }

            await Task.Delay(BetweenTries, time);
        }

        return false;
    }

    /// <summary>A process that is ending may still listen while its connections close: what it has taken then is broken off soon.</summary>
    private static async Task<Answer> AskAsync(EndPoint port)
    {
        using var limit = new CancellationTokenSource(AnswerTime);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(port, limit.Token);
            return await socket.ReceiveAsync(new byte[1], limit.Token) == 0 ? Answer.BrokenOff : Answer.Lives;
        }
        catch (SocketException reason)
        {
            return reason.SocketErrorCode switch
            {
                SocketError.ConnectionRefused => Answer.Refused,
                SocketError.ConnectionReset => Answer.BrokenOff,
                _ => Answer.Lives, // or cannot be reached, which is for probes to find out
            };
        }
        catch (OperationCanceledException)
        {
            return Answer.Lives;
        }
    }

    private enum Answer
    {
        Refused,
        BrokenOff,
        Lives,
    }

    [LoggerMessage(LogLevel.Warning, "Silo {Silo} has ended: its connection closed and its port is refused. It is declared dead")]
    private partial void LogEnded(SiloAddress silo);

    [LoggerMessage(LogLevel.Information, "Whether the silo at {Port} has ended could not be found out: {Reason}")]
    private partial void LogNotTold(EndPoint? port, string reason);
}
