using System.Diagnostics;
using System.Runtime.InteropServices;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Exchange.Sockets;

/// <summary>One host's links to all others, and the step that they make together. One thread does everything: it never waits for one link only.</summary>
/// <remarks>
/// Not thread-safe but for <see cref="Wake"/>. What one host sends another comes in one order, and sums need nobody's leave to travel, so
/// a block that is waited for always comes, whichever link has to be drained first.
/// </remarks>
internal sealed class PeerTransport : IDisposable
{
    /// <summary>
    /// Times that a short step asks again before it sleeps: being woken costs both sides more than what is waited for. A long one sleeps
    /// soon: where others want the processor, who yields gets it back late, and who was woken soon.
    /// </summary>
    private const int ShortSpins = 200;
    private const int LongSpins = 3;

    /// <summary>How long a host waits for others to take its farewell.</summary>
    public static readonly TimeSpan AbortMessageTime = TimeSpan.FromSeconds(2);

    /// <summary>How soon one that reads has read it and closed.</summary>
    private static readonly TimeSpan ReadingTime = TimeSpan.FromMilliseconds(100);

    private readonly ProcessGroup _plan;
    private readonly VectorPartition _cut;
    private readonly CrossHostReduction _tree;
    private readonly float[] _total;
    private readonly ILink?[] _links;
    private readonly ILinkWait _wait;
    private readonly PeerSender?[] _senders;
    private readonly PeerReceiver?[] _receivers;
    private readonly bool[] _receives;
    private readonly bool[] _sends;
    private readonly StepHeader _head = new();
    private readonly ushort[] _rounded;
    private readonly ulong[] _totalChecks;
    private bool _woken;

    /// <param name="plan">The exchange.</param>
    /// <param name="links">A link to every host but this one.</param>
    /// <param name="wait">Waits for them.</param>
    /// <param name="cut">How the vector is cut.</param>
    /// <param name="total">Takes the total.</param>
    public PeerTransport(ProcessGroup plan, ILink?[] links, ILinkWait wait, VectorPartition cut, float[] total)
    {
        (_plan, _links, _wait, _cut, _total) = (plan, links, wait, cut, total);
        _tree = new(plan, cut.MaxBlock);
        var hosts = links.Length;
        _senders = new PeerSender?[hosts];
        _receivers = new PeerReceiver?[hosts];
        _receives = new bool[hosts];
        _sends = new bool[hosts];
        _rounded = plan.Wire == ExchangeType.Bf16 ? new ushort[cut.MaxBlock] : [];
        _totalChecks = plan.Wire == ExchangeType.Fp32 ? new ulong[cut.Totals(plan.Host)] : [];
        for (var peer = 0; peer < hosts; peer++)
        {
            if (links[peer] is { } link)
            {
                _senders[peer] = new(link, cut, plan.Host, peer, plan.Wire, total, _totalChecks, plan.Shards);
                _receivers[peer] = new(link, cut, plan.Host, peer, plan.Wire, total, plan.Shards);
            }
        }
    }

    /// <summary>Ends the step that is under way, or the next one. Thread-safe.</summary>
    public void Wake()
    {
        Volatile.Write(ref _woken, true);
        _wait.Wake();
    }

    /// <summary>Makes one step.</summary>
    /// <param name="step">Its number.</param>
    /// <param name="nodes">This host's subtrees.</param>
    /// <param name="samples">Images in the global step.</param>
    /// <param name="wantsStop">True where a member of this host was asked to stop.</param>
    /// <returns>True where a member of some host was.</returns>
    /// <exception cref="ExchangeBrokenException">The step could not be made; the message names the host and the reason.</exception>
    public bool AllReduce(long step, IReadOnlyList<PartialSum> nodes, int samples, bool wantsStop)
    {
        RoundSums(nodes);
        _head.Describe(nodes, samples, wantsStop);
        for (var peer = 0; peer < _links.Length; peer++)
        {
            _senders[peer]?.Begin(step, _head, nodes);
            _receivers[peer]?.Begin(step);
        }

        var added = 0;
        var blocks = _cut.Blocks(_plan.Host);
        var isPlanned = false;
        var spins = 0;
        while (true)
        {
            var moved = Send(added);
            moved |= Receive();
            if (!isPlanned && HasAllHeaders())
            {
                _tree.Plan(_head, nodes, _receivers, samples);
                isPlanned = true;
            }

            while (isPlanned && added < blocks && HasSums(added))
            {
                Add(added++, samples);
                moved = true;
            }

            if (added == blocks && IsDone())
            {
                break;
            }

            if (Volatile.Read(ref _woken))
            {
                throw new ExchangeBrokenException("The exchange was broken.");
            }

            if (moved)
            {
                spins = 0;
            }
            else if (spins++ < (_cut.IsShort ? ShortSpins : LongSpins))
            {
                Thread.Yield();
            }
            else
            {
                Wait(added);
            }
        }

        return AddPlainSums(wantsStop);
    }

    /// <summary>Tells every other host why the exchange ends and closes the links, once they have read it or a little later.</summary>
    /// <param name="text">The reason in UTF-8, at most <see cref="PeerReceiver.MaxFarewell"/> bytes.</param>
    /// <param name="sayOtherwise">
    /// Called, at most once each, with hosts that have not closed soon: one that waits for a third host's sums does not read what comes behind
    /// this one's, even where the link has taken it. It must not wait.
    /// </param>
    public void SayFarewell(byte[] text, Action<int> sayOtherwise)
    {
        var frame = new byte[FrameHeader.Size + text.Length];
        new FrameHeader(FrameKind.AbortMessage, 0, 0, text.Length).Write(frame);
        text.CopyTo(frame, FrameHeader.Size);
        var owed = Array.ConvertAll(_senders, sender => sender?.Owed ?? 0);
        var sent = new int[_links.Length];
        var isOpen = Array.ConvertAll(_links, link => link is not null);
        var isToldOtherwise = new bool[_links.Length];
        var scratch = new byte[64 * 1024];
        var started = Stopwatch.GetTimestamp();
        while (Array.IndexOf(isOpen, true) >= 0 && AbortMessageTime - Stopwatch.GetElapsedTime(started) is { Ticks: > 0 } left)
        {
            var moved = false;
            for (var peer = 0; peer < _links.Length; peer++)
            {
                try
                {
                    moved |= isOpen[peer] && (SendFarewell(_links[peer]!, frame, ref owed[peer], ref sent[peer]) | (_links[peer]!.Receive(scratch) > 0));
                }
                catch (IOException)
                {
                    // Gone, or done reading.
                    isOpen[peer] = false;
                }

                (_receives[peer], _sends[peer]) = (isOpen[peer], isOpen[peer] && sent[peer] < frame.Length);
            }

            if (!moved && Array.IndexOf(isOpen, true) >= 0)
            {
                var soon = ReadingTime - Stopwatch.GetElapsedTime(started);
                for (var peer = 0; peer < _links.Length && soon <= TimeSpan.Zero; peer++)
                {
                    if (isOpen[peer] && !isToldOtherwise[peer])
                    {
                        isToldOtherwise[peer] = true;
                        sayOtherwise(peer);
                    }
                }

                _wait.Wait(_links, _receives, _sends, soon > TimeSpan.Zero ? soon : left);
            }
        }

        for (var peer = 0; peer < _links.Length; peer++)
        {
            if (isOpen[peer])
            {
                _links[peer]!.Abort();
            }
        }

        Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var link in _links)
        {
            link?.Dispose();
        }

        _wait.Dispose();
    }

    private static bool SendFarewell(ILink link, byte[] frame, ref long owed, ref int sent)
    {
        if (sent == frame.Length)
        {
            return false;
        }

        // A frame that was begun is ended first, with numbers that nobody will use.
        Span<byte> zeros = stackalloc byte[4096];
        zeros.Clear();
        var moved = 0;
        while (owed > 0 && link.Send(zeros[..(int)Math.Min(owed, zeros.Length)], moreFollow: true) is > 0 and var count)
        {
            owed -= count;
            moved += count;
        }

        if (owed == 0)
        {
            var last = link.Send(frame.AsSpan(sent), moreFollow: false);
            sent += last;
            moved += last;
            if (sent == frame.Length)
            {
                link.EndSending();
            }
        }

        return moved > 0;
    }

    private bool Send(int added)
    {
        var moved = false;
        for (var i = 1; i < _links.Length; i++)
        {
            // Each begins with its neighbour, so that not all send to the first host at once.
            var peer = (_plan.Host + i) % _links.Length;
            try
            {
                moved |= _senders[peer]?.Pump(Math.Min(added, _cut.Totals(_plan.Host))) ?? false;
            }
            catch (IOException e)
            {
                throw _receivers[peer]!.FindFarewell() is { } reason ? BrokenBy(peer, reason, e) : Blame(peer, e);
            }
        }

        return moved;
    }

    private bool Receive()
    {
        var moved = false;
        for (var peer = 0; peer < _links.Length; peer++)
        {
            try
            {
                moved |= _receivers[peer]?.Pump() ?? false;
            }
            catch (AbortMessageException e)
            {
                // Without the farewell itself: what a replica fails with travels between silos, and that type does not.
                throw BrokenBy(peer, e.Message, null);
            }
            catch (Exception e) when (e is IOException or InvalidDataException)
            {
                throw Blame(peer, e);
            }
        }

        return moved;
    }

    private bool HasAllHeaders()
    {
        foreach (var receiver in _receivers)
        {
            if (receiver is { HasHead: false })
            {
                return false;
            }
        }

        return true;
    }

    private bool HasSums(int block)
    {
        foreach (var receiver in _receivers)
        {
            if (receiver is not null && !receiver.HasSums(block))
            {
                return false;
            }
        }

        return true;
    }

    private bool IsDone()
    {
        for (var peer = 0; peer < _links.Length; peer++)
        {
            if (_links[peer] is not null && !(_senders[peer]!.IsDone && _receivers[peer]!.IsDone))
            {
                return false;
            }
        }

        return true;
    }

    private void Add(int block, int samples)
    {
        var (start, count) = _cut.Block(_plan.Host, block);
        var destination = _total.AsSpan(start, count);
        _tree.Add(start, destination, samples);
        Round(destination);
        if (_totalChecks.Length > 0)
        {
            // Still in the cache.
            _totalChecks[block] = FrameCheck.Of(MemoryMarshal.AsBytes(destination));
        }

        foreach (var receiver in _receivers)
        {
            receiver?.ReleaseSums();
        }
    }

    private bool AddPlainSums(bool wantsStop)
    {
        _tree.AddPlainSums(_total.AsSpan(_cut.Means));
        foreach (var receiver in _receivers)
        {
            wantsStop |= receiver?.Head.WantsStop ?? false;
        }

        return wantsStop;
    }

    private void Wait(int added)
    {
        for (var peer = 0; peer < _links.Length; peer++)
        {
            _receives[peer] = _receivers[peer]?.CanReceive ?? false;
            _sends[peer] = _senders[peer]?.CanSend(Math.Min(added, _cut.Totals(_plan.Host))) ?? false;
        }

        _wait.Wait(_links, _receives, _sends, timeout: null);
        for (var peer = 0; peer < _links.Length; peer++)
        {
            // A host whose blocks wait for another's is not read from, but may be gone.
            if (_receivers[peer] is { IsDone: false, CanReceive: false } receiver && _links[peer]!.IsLost)
            {
                var lost = new IOException("lost its connection");
                throw receiver.FindFarewell() is { } reason ? BrokenBy(peer, reason, lost) : Blame(peer, lost);
            }
        }
    }

    /// <summary>The host's own sums are rounded, too: the total must not depend on whose slice it is in.</summary>
    private void RoundSums(IReadOnlyList<PartialSum> nodes)
    {
        for (var i = 0; _plan.Wire == ExchangeType.Bf16 && i < nodes.Count; i++)
        {
            for (var start = 0; nodes[i].Values is { } values && start < _cut.Means; start += _rounded.Length)
            {
                Round(values.AsSpan(start, Math.Min(_rounded.Length, _cut.Means - start)));
            }
        }
    }

    private void Round(Span<float> values)
    {
        if (_plan.Wire == ExchangeType.Bf16)
        {
            Bfloat16.Narrow(values, _rounded);
            Bfloat16.Widen(_rounded.AsSpan(0, values.Length), values);
        }
    }

    private ExchangeBrokenException Blame(int peer, Exception e) => new($"{_plan.HostName(peer)} {e.Message}.", e);

    private ExchangeBrokenException BrokenBy(int peer, string reason, Exception? e) =>
        new(_plan.BrokenBy(peer, reason), e);
}
