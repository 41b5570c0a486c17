using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using DistributedFreeze.Errors;
using Microsoft.Extensions.Logging;

namespace DistributedFreeze.Exchange.Sockets;

/// <summary>The exchange of one silo's replicas with those of others: they add in shared memory, then one of them speaks for all.</summary>
/// <remarks>
/// Three barriers a step: sums are published and put in order; every member has added its slice of the host's subtrees; the total has
/// come. The first member connects and travels, on its own thread. Thread-safe: one thread per seat.
/// </remarks>
internal sealed partial class SocketExchange : ISiloExchange
{
    private static readonly TimeSpan ConnectTime = TimeSpan.FromSeconds(10);
    private readonly ProcessGroup _plan;
    private readonly int _length;
    private readonly ExchangePort _port;
    private readonly ILogger _logger;
    private readonly HostReduction _sums;
    private readonly PartialSums?[] _published;
    private readonly bool[] _wantsStop;
    private readonly int[] _samples;
    private readonly Barrier _barrier;

    /// <summary>Never disposed of: a break may come late, and without a timer there is nothing to free.</summary>
    private readonly CancellationTokenSource _broken = new();

    private readonly Lock _travelling = new();
    private readonly object _linking = new();
    private readonly ILink?[] _links;
    private readonly float[] _total;
    private PeerTransport? _mesh;
    private string? _reason;
    private long _step;
    private bool _stop;

    public SocketExchange(ProcessGroup plan, int length, ExchangePort port)
    {
        plan.CheckForTravel();
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(length, ExchangeVector.SumElements);
        var members = plan.Hosts[plan.Host].Members;
        (_plan, _length, _port, _logger) = (plan, length, port, port.Logger);
        _sums = new(new(plan.Shards), length, members);
        _published = new PartialSums?[members];
        _wantsStop = new bool[members];
        _samples = new int[members];
        _barrier = new(members, OnArrived);
        _links = new ILink?[plan.Hosts.Length];
        _total = GC.AllocateUninitializedArray<float>(length, pinned: true);
        port.Register(plan.Name, this);
    }

    public IStepExchange Seat(int member)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(member);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(member, _published.Length);
        return new MemberSeat(this, member);
    }

    public void Break() => Break($"A replica of {_plan.HostName(_plan.Host)} left, or its window was cancelled.");

    public void Dispose()
    {
        _port.Unregister(_plan.Name);
        if (Interlocked.CompareExchange(ref _reason, "The exchange has ended.", null) is null)
        {
            _broken.Cancel();
            lock (_travelling)
            {
                Close();
            }
        }

        _barrier.Dispose();
    }

    /// <summary>Answers a host that has connected to this one.</summary>
    /// <param name="connection">Its connection.</param>
    /// <param name="hello">What it said.</param>
    /// <param name="helloBytes">The bytes of that.</param>
    /// <param name="take">Called once the connection is this exchange's; false where its time is over.</param>
    /// <exception cref="InvalidDataException">The host is refused; the exchange goes on unless it knew the key.</exception>
    /// <exception cref="IOException">The connection ended.</exception>
    public void Answer(Connection connection, Hello hello, byte[] helloBytes, Func<bool> take)
    {
        switch (hello.Purpose)
        {
            case HelloPurpose.Question:
                Handshake.TellNearby(connection.Stream, _plan, _length, hello, helloBytes, _port.Nearby);
                connection.Dispose();
                return;
            case HelloPurpose.AbortMessage:
                Break(_plan.BrokenBy(hello.From, Handshake.TakeFarewell(connection.Stream, _plan, _length, hello, helloBytes)));
                connection.Dispose();
                return;
        }

        var difference = Handshake.Answer(connection.Stream, _plan, _length, hello, helloBytes)
            ?? (hello.From > _plan.Host && hello.From < _links.Length ? null : $"has index {hello.From}, which does not connect to {_plan.Host}");
        if (difference is not null)
        {
            Break($"Host {hello.From} {difference}.");
            throw new InvalidDataException(difference);
        }

        lock (_linking)
        {
            if (_reason is not null || _links[hello.From] is not null)
            {
                throw new InvalidDataException($"came to exchange \"{_plan.Name}\" {(_reason is null ? "a second time" : "after it had ended")}");
            }

            Handshake.Accept(connection.Stream);
            if (!take())
            {
                throw new InvalidDataException("took too long");
            }

            _links[hello.From] = connection.ToLink();
            Monitor.PulseAll(_linking);
        }
    }

    private StepTotal AllReduce(int member, PartialSums sums, int samples, bool wantsStop, CancellationToken cancellationToken)
    {
        if (sums.Length != _length)
        {
            Break($"Replica {member} of {_plan.HostName(_plan.Host)} brings vectors of {sums.Length} elements; this exchange has {_length}.");
        }

        using var cancelling = cancellationToken.UnsafeRegister(static state => ((SocketExchange)state!).Break(), this);
        _published[member] = sums;
        _wantsStop[member] = wantsStop;
        _samples[member] = samples;
        Wait();
        _sums.AddSlice(member);
        Wait();
        if (member == 0)
        {
            Travel(samples);
        }

        Wait();
        return new(_total, _stop);
    }

    private void Wait()
    {
        ThrowIfBroken(null);
        try
        {
            _barrier.SignalAndWait(_broken.Token);
        }
        catch (OperationCanceledException e)
        {
            ThrowIfBroken(e);
        }

        ThrowIfBroken(null);
    }

    private void ThrowIfBroken(Exception? cause)
    {
        if (Volatile.Read(ref _reason) is { } reason)
        {
            throw new ExchangeBrokenException(reason, cause);
        }
    }

    /// <summary>Runs once per barrier while every member waits.</summary>
    private void OnArrived(Barrier barrier)
    {
        if (barrier.CurrentPhaseNumber % 3 != 0)
        {
            return;
        }

        var reason = _samples.AsSpan().IndexOfAnyExcept(_samples[0]) is var other and >= 0
            ? $"Replicas 0 and {other} of {_plan.HostName(_plan.Host)} count {_samples[0]} and {_samples[other]} images in the step."
            : _sums.Gather(_published);
        if (reason is not null)
        {
            Break(reason);
        }
    }

    private void Travel(int samples)
    {
        lock (_travelling)
        {
            try
            {
                _mesh ??= Connect();
                _stop = _mesh.AllReduce(_step++, _sums.Nodes, samples, Array.IndexOf(_wantsStop, true) >= 0);
            }
            catch (Exception e)
            {
                Break(e is ExchangeBrokenException ? e.Message : $"{_plan.HostName(_plan.Host)} failed: {e.Message}");
                ThrowIfBroken(e);
            }
        }
    }

    /// <summary>Connects to the hosts before this one and waits for those after it.</summary>
    private PeerTransport Connect()
    {
        for (var peer = 0; peer < _plan.Host; peer++)
        {
            var link = Connect(peer);
            lock (_linking)
            {
                _links[peer] = link;
            }
        }

        lock (_linking)
        {
            while (Array.FindIndex(_links, _plan.Host + 1, link => link is null) >= 0)
            {
                ThrowIfBroken(null);
                Monitor.Wait(_linking);
            }
        }

        ILinkWait wait = _port.Tls is null ? new SocketWait() : new SignalWait();
        foreach (var link in _links.OfType<TlsLink>())
        {
            link.Tell(wait);
        }

        var mesh = new PeerTransport(_plan, _links, wait, new(_length, _links.Length), _total);
        lock (_linking)
        {
            _mesh = mesh;
        }

        ThrowIfBroken(null);
        return mesh;
    }

    private ILink Connect(int peer)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_broken.Token);
        limit.CancelAfter(ConnectTime);
        IDisposable? closing = null;
        Connection? connection = null;
        try
        {
            connection = Connection.Connect(_plan.Hosts[peer], _port.Tls, limit.Token, out closing);
            limit.CancelAfter(Timeout.InfiniteTimeSpan);
            if (connection.CouldBeNearby)
            {
                var nearby = Handshake.AskNearby(connection.Stream, _plan, _length, peer);
                closing.Dispose();
                connection.Dispose();
                connection = Connection.TryConnect(nearby, limit.Token, out closing)
                    ?? Connection.Connect(_plan.Hosts[peer], _port.Tls, limit.Token, out closing);
            }

            Handshake.Connect(connection.Stream, _plan, _length, peer);
            closing!.Dispose();
            LogConnected(_plan.Name, _plan.HostName(peer), connection.Way);
            return connection.ToLink();
        }
        catch (Exception e) when (e is IOException or InvalidDataException or SocketException or ObjectDisposedException or AuthenticationException
            or OperationCanceledException or ArgumentException)
        {
            closing?.Dispose();
            connection?.Dispose();
            throw new ExchangeBrokenException($"{_plan.HostName(peer)} {Explain(e, limit.IsCancellationRequested)}.", e);
        }
    }

    private static string Explain(Exception e, bool isLate) => e switch
    {
        InvalidDataException => e.Message,
        EndOfStreamException => "closed its connection in the handshake: it takes no part in this exchange, or has another key",
        _ when isLate => $"was not reached within {ConnectTime.TotalSeconds} s",
        _ => $"could not be connected to: {e.Message}",
    };

    private void Break(string reason)
    {
        if (Interlocked.CompareExchange(ref _reason, reason, null) is not null)
        {
            return;
        }

        LogBroken(_plan.Name, reason);
        _broken.Cancel();
        lock (_linking)
        {
            _mesh?.Wake();
            Monitor.PulseAll(_linking);
        }

        // The members are free at once; the other hosts are told by a thread that may take its time.
        new Thread(() => SayFarewell(reason)) { Name = "exchange-farewell", IsBackground = true }.Start();
    }

    private void SayFarewell(string reason)
    {
        var text = Encoding.UTF8.GetBytes(reason);
        text = text[..Math.Min(text.Length, PeerReceiver.MaxFarewell)];
        lock (_travelling)
        {
            if (_mesh is { } mesh)
            {
                mesh.SayFarewell(
                    text,
                    peer => new Thread(() => SayFarewell(peer, text)) { Name = "exchange-farewell", IsBackground = true }.Start());
            }

            Close();
        }
    }

    /// <summary>Tells a host that does not read its link, by a connection of its own.</summary>
    private void SayFarewell(int peer, byte[] text)
    {
        using var limit = new CancellationTokenSource(PeerTransport.AbortMessageTime);
        try
        {
            using var connection = Connection.Connect(_plan.Hosts[peer], _port.Tls, limit.Token, out var closing);
            using (closing)
            {
                Handshake.SayFarewell(connection.Stream, _plan, _length, peer, text);
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException or SocketException or ObjectDisposedException or AuthenticationException
            or OperationCanceledException or ArgumentException)
        {
            // It has gone, or knows already; else it sees its link closed.
            LogNotTold(_plan.Name, _plan.HostName(peer), e.Message);
        }
    }

    private void Close()
    {
        lock (_linking)
        {
            _mesh?.Dispose();
            foreach (var link in _links)
            {
                link?.Dispose();
            }
        }
    }

    [LoggerMessage(LogLevel.Debug, "Exchange {Name} reached {Host} over {Way}")]
    private partial void LogConnected(string name, string host, string way);

    [LoggerMessage(LogLevel.Debug, "Exchange {Name} could not tell {Host} why it is broken: {Reason}")]
    private partial void LogNotTold(string name, string host, string reason);

    [LoggerMessage(LogLevel.Warning, "Exchange {Name} is broken: {Reason}")]
    private partial void LogBroken(string name, string reason);

    private sealed class MemberSeat(SocketExchange exchange, int member) : IStepExchange
    {
        public StepTotal AllReduce(PartialSums sums, int samples, bool wantsStop, CancellationToken cancellationToken) =>
            exchange.AllReduce(member, sums, samples, wantsStop, cancellationToken);

        public void ThrowIfBroken(CancellationToken cancellationToken)
        {
            if (cancellationToken.IsCancellationRequested)
            {
                exchange.Break();
            }

            exchange.ThrowIfBroken(cause: null);
        }
    }
}
