using System.Text;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Exchange.Sockets;

/// <summary>What one host gets from another in a step, in the only order in which it may come.</summary>
/// <remarks>A block of sums is kept until it has been added; a block of the total goes straight to its place.</remarks>
internal sealed partial class PeerReceiver
{
    /// <summary>Bytes of a reason that is worth reading.</summary>
    public const int MaxFarewell = 1024;

    /// <summary>Bytes read along with a header of a long vector: more would be copied twice.</summary>
    private const int LongRead = 512;

    private readonly ILink _link;
    private readonly VectorPartition _cut;
    private readonly int _own;
    private readonly int _peer;
    private readonly ExchangeType _wire;
    private readonly float[] _total;
    private readonly int _maxHead;
    private readonly byte[] _buffer;
    private readonly byte[] _message;
    private readonly ushort[] _rounded;
    private readonly byte[] _check = new byte[FrameCheck.Size];
    private float[] _sums = [];
    private int _bufferStart;
    private int _bufferEnd;
    private FrameHeader? _frame;
    private int _got;
    private ulong _seen;
    private bool _hasHead;
    private bool _isGivenUp;
    private bool _hasEnded;
    private bool _holdsSums;
    private int _nextSums;
    private int _nextTotal;
    private long _step;

    /// <param name="link">The connection.</param>
    /// <param name="cut">How the vector is cut.</param>
    /// <param name="own">This host.</param>
    /// <param name="peer">The other one.</param>
    /// <param name="wire">How numbers travel.</param>
    /// <param name="total">This host's total; the other's blocks are put there.</param>
    /// <param name="shards">Shards of the run: no head has more subtrees.</param>
    public PeerReceiver(ILink link, VectorPartition cut, int own, int peer, ExchangeType wire, float[] total, int shards)
    {
        (_link, _cut, _own, _peer, _wire, _total) = (link, cut, own, peer, wire, total);
        _maxHead = StepHeader.Size(shards);
        var oneRead = cut.IsShort ? (2 * (FrameHeader.Size + FrameCheck.Size)) + _maxHead + (cut.Means * sizeof(float)) : LongRead;
        _buffer = GC.AllocateUninitializedArray<byte>(oneRead, pinned: true);
        _message = new byte[Math.Max(_maxHead, MaxFarewell)];
        _rounded = wire == ExchangeType.Bf16 ? new ushort[cut.MaxBlock] : [];
    }

    /// <summary>What the other host said about the step; valid once <see cref="HasHead"/>.</summary>
    public StepHeader Head { get; } = new();

    /// <summary>True once the other host's head is there.</summary>
    public bool HasHead => _hasHead;

    /// <summary>One subtree after another, each <see cref="VectorPartition.MaxBlock"/> floats from the last: the block to add now.</summary>
    public float[] Sums => _sums;

    /// <summary>True once everything of this step has come.</summary>
    public bool IsDone => _hasHead && _nextSums == BlocksOfSums && _nextTotal == _cut.Totals(_peer);

    /// <summary>True where something can be received before a block has been added.</summary>
    public bool CanReceive => IsDone ? !HasHeader && !_hasEnded : !IsBlocked;

    private int BlocksOfSums => Head.Filled == 0 ? 0 : _cut.Blocks(_own);

    private bool HasHeader => _bufferEnd - _bufferStart >= FrameHeader.Size;

    private bool IsBlocked => _holdsSums && _frame is { Kind: FrameKind.Sums };

    /// <summary>Begins a step.</summary>
    public void Begin(long step)
    {
        _step = step;
        (_hasHead, _hasEnded) = (false, false);
        (_nextSums, _nextTotal) = (0, 0);
    }

    /// <summary>True where the block's sums are there, or the other host has none.</summary>
    public bool HasSums(int block) => _hasHead && (Head.Filled == 0 || (_holdsSums && _nextSums == block + 1));

    /// <summary>The block has been added: the next one may come.</summary>
    public void ReleaseSums() => _holdsSums = false;

    /// <summary>Receives until nothing more has arrived or a block must be added first.</summary>
    /// <returns>False where nothing could be received.</returns>
    /// <exception cref="IOException">The connection is lost.</exception>
    /// <exception cref="InvalidDataException">The other host sent what it may not.</exception>
    /// <exception cref="AbortMessageException">The other host broke the exchange.</exception>
    public bool Pump()
    {
        var moved = false;
        while (!IsDone)
        {
            if (_frame is null)
            {
                if (!HasHeader && !TryFillBuffer(ref moved))
                {
                    return moved;
                }

                if (!HasHeader)
                {
                    continue;
                }

                Open(FrameHeader.Read(_buffer.AsSpan(_bufferStart)));
                _bufferStart += FrameHeader.Size;
            }

            if (IsBlocked || !TryReceivePayload(_frame!.Value, ref moved))
            {
                return moved;
            }

            Close(_frame.Value);
            _frame = null;
        }

        return moved | Watch();
    }

    /// <summary>While others are waited for: looks whether the other host breaks the exchange. Its next step is left where it is.</summary>
    private bool Watch()
    {
        var moved = false;
        try
        {
            while (!HasHeader && !_hasEnded && TryFillBuffer(ref moved))
            {
            }
        }
        catch (IOException)
        {
            // It has given all it owed in this step, which may have been its last; the next one will tell.
            _hasEnded = true;
        }

        if (HasHeader && FrameHeader.Read(_buffer.AsSpan(_bufferStart)) is { Kind: FrameKind.AbortMessage } && FindFarewell() is { } reason)
        {
            throw new AbortMessageException(reason);
        }

        return moved;
    }

    /// <summary>After the connection was lost in sending: looks whether the other host had said why.</summary>
    /// <returns>The reason, or null.</returns>
    public string? FindFarewell()
    {
        // Only a farewell is of interest now, so whatever comes before it is passed over as the bytes that it is.
        try
        {
            var rest = _frame is { } open ? Bytes(open) - _got : 0;
            var scratch = new byte[64 * 1024];
            while (true)
            {
                while (rest > 0)
                {
                    var skipped = Math.Min(rest, _bufferEnd - _bufferStart);
                    _bufferStart += skipped;
                    rest -= skipped;
                    if (rest > 0)
                    {
                        var received = _link.Receive(scratch.AsSpan(0, Math.Min(rest, scratch.Length)));
                        if (received == 0)
                        {
                            return null;
                        }

                        rest -= received;
                    }
                }

                var moved = false;
                while (!HasHeader)
                {
                    if (!TryFillBuffer(ref moved))
                    {
                        return null;
                    }
                }

                var header = FrameHeader.Read(_buffer.AsSpan(_bufferStart));
                _bufferStart += FrameHeader.Size;
                if (header.Kind == FrameKind.AbortMessage && header.Length is >= 0 and <= MaxFarewell)
                {
                    _got = 0;
                    return TryReceivePayload(header, ref moved) ? Encoding.UTF8.GetString(_message, 0, header.Length) : null;
                }

                rest = Bytes(header);
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            return null;
        }
    }

    /// <returns>False where nothing has arrived.</returns>
    private bool TryFillBuffer(ref bool moved)
    {
        _buffer.AsSpan(_bufferStart, _bufferEnd - _bufferStart).CopyTo(_buffer);
        (_bufferStart, _bufferEnd) = (0, _bufferEnd - _bufferStart);
        var received = _link.Receive(_buffer.AsSpan(_bufferEnd));
        _bufferEnd += received;
        moved |= received > 0;
        return received > 0;
    }
}

/// <summary>The other host broke the exchange and said why.</summary>
internal sealed class AbortMessageException(string reason) : Exception(reason);
