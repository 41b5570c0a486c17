using System.Runtime.InteropServices;
using System.Text;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Exchange.Sockets;

/// <summary>What one host gets from another in a step, in the only order in which it may come.</summary>
/// <remarks>A block of sums is kept until it has been added; a block of the total goes straight to its place.</remarks>
internal sealed class PeerReceiver
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

    private void Open(FrameHeader frame)
    {
        if (frame.Kind == FrameKind.AbortMessage)
        {
            Check(frame.Length is >= 0 and <= MaxFarewell, frame, "0", $"at most {MaxFarewell}");
        }
        else
        {
            CheckStep(frame);
        }

        _frame = frame;
        (_got, _seen) = (0, 0);
    }

    /// <summary>Bytes of a frame behind its header.</summary>
    private static int Bytes(FrameHeader frame) => frame.Kind == FrameKind.AbortMessage ? frame.Length : frame.Length + FrameCheck.Size;

    private void CheckStep(FrameHeader frame)
    {
        if (_isGivenUp)
        {
            throw new InvalidDataException($"sent a frame of kind {frame.Kind} behind one that it had given up");
        }

        if (frame.Step != _step)
        {
            throw new InvalidDataException($"sent a frame of step {frame.Step}; step {_step} is under way");
        }

        var width = _wire == ExchangeType.Bf16 ? sizeof(ushort) : sizeof(float);
        switch (frame.Kind)
        {
            case FrameKind.Head when !_hasHead:
                Check(frame.Block == 0 && frame.Length >= 0 && frame.Length <= _maxHead, frame, "0", $"at most {_maxHead}");
                break;
            case FrameKind.Sums when _hasHead && _nextSums < BlocksOfSums:
                var sums = Head.Filled * _cut.Block(_own, _nextSums).Count * width;
                Check(frame.Block == _nextSums && frame.Length == sums, frame, $"{_nextSums}", $"{sums}");
                break;
            case FrameKind.Total when _hasHead && _nextTotal < _cut.Totals(_peer):
                var total = _cut.Block(_peer, _nextTotal).Count * width;
                Check(frame.Block == _nextTotal && frame.Length == total, frame, $"{_nextTotal}", $"{total}");
                break;
            default:
                throw new InvalidDataException($"sent a frame of kind {(byte)frame.Kind} where none may come");
        }
    }

    private static void Check(bool holds, FrameHeader frame, string block, string length)
    {
        if (!holds)
        {
            throw new InvalidDataException(
                $"sent a frame of kind {frame.Kind} with block {frame.Block} and {frame.Length} bytes; expected block {block} and {length} bytes");
        }
    }

    private bool TryReceivePayload(FrameHeader frame, ref bool moved)
    {
        while (_got < Bytes(frame))
        {
            var target = Target(frame);
            var buffered = Math.Min(_bufferEnd - _bufferStart, target.Length);
            if (buffered > 0)
            {
                _buffer.AsSpan(_bufferStart, buffered).CopyTo(target);
                _bufferStart += buffered;
                Advance(frame, buffered);
            }
            else
            {
                var received = _link.Receive(target);
                if (received == 0)
                {
                    return false;
                }

                moved = true;
                Advance(frame, received);
            }
        }

        return true;
    }

    /// <summary>Where the frame's next bytes belong, up to the end of the piece that they are of.</summary>
    private Span<byte> Target(FrameHeader frame)
    {
        if (_got >= frame.Length)
        {
            return _check.AsSpan(_got - frame.Length);
        }

        switch (frame.Kind)
        {
            case FrameKind.Sums:
                var count = _cut.Block(_own, frame.Block).Count;
                var pieceBytes = frame.Length / Head.Filled;
                return (_wire == ExchangeType.Bf16
                    ? MemoryMarshal.AsBytes(_rounded.AsSpan(0, count))
                    : MemoryMarshal.AsBytes(Piece(_got / pieceBytes, count)))[(_got % pieceBytes)..];
            case FrameKind.Total:
                var (start, length) = _cut.Block(_peer, frame.Block);
                return (_wire == ExchangeType.Bf16
                    ? MemoryMarshal.AsBytes(_rounded.AsSpan(0, length))
                    : MemoryMarshal.AsBytes(_total.AsSpan(start, length)))[_got..];
            default:
                return _message.AsSpan(_got, frame.Length - _got);
        }
    }

    private void Advance(FrameHeader frame, int bytes)
    {
        _got += bytes;
        if (_wire != ExchangeType.Bf16 || _got > frame.Length)
        {
            return;
        }

        if (frame.Kind == FrameKind.Sums && _got % (frame.Length / Head.Filled) == 0)
        {
            var count = _cut.Block(_own, frame.Block).Count;
            _seen = FrameCheck.Of(MemoryMarshal.AsBytes(_rounded.AsSpan(0, count)), _seen);
            Bfloat16.Widen(_rounded.AsSpan(0, count), Piece((_got / (frame.Length / Head.Filled)) - 1, count));
        }
        else if (frame.Kind == FrameKind.Total && _got == frame.Length)
        {
            var (start, count) = _cut.Block(_peer, frame.Block);
            _seen = FrameCheck.Of(MemoryMarshal.AsBytes(_rounded.AsSpan(0, count)), _seen);
            Bfloat16.Widen(_rounded.AsSpan(0, count), _total.AsSpan(start, count));
        }
    }

    private Span<float> Piece(int index, int count) => _sums.AsSpan(index * _cut.MaxBlock, count);

    /// <returns>False where the sender gave the frame up.</returns>
    /// <exception cref="InvalidDataException">What has come is not what was sent.</exception>
    private bool IsWhole(FrameHeader frame)
    {
        switch (frame.Kind)
        {
            case FrameKind.Head:
                _seen = FrameCheck.Of(_message.AsSpan(0, frame.Length));
                break;
            case FrameKind.Sums when _wire == ExchangeType.Fp32:
                var count = _cut.Block(_own, frame.Block).Count;
                for (var piece = 0; piece < Head.Filled; piece++)
                {
                    _seen = FrameCheck.Of(MemoryMarshal.AsBytes(Piece(piece, count)), _seen);
                }

                break;
            case FrameKind.Total when _wire == ExchangeType.Fp32:
                var (start, length) = _cut.Block(_peer, frame.Block);
                _seen = FrameCheck.Of(MemoryMarshal.AsBytes(_total.AsSpan(start, length)), _seen);
                break;
        }

        if (frame.Kind == FrameKind.AbortMessage || FrameCheck.Read(_check) == _seen)
        {
            return true;
        }

        return FrameCheck.Read(_check) == FrameCheck.GivenUp
            ? false
            : throw new InvalidDataException($"sent a frame of kind {frame.Kind} with block {frame.Block} of step {frame.Step} that arrived damaged: its bytes were changed on the way");
    }

    private void Close(FrameHeader frame)
    {
        if (!IsWhole(frame))
        {
            _isGivenUp = true;
            return;
        }

        switch (frame.Kind)
        {
            case FrameKind.Head:
                Head.Read(_message.AsSpan(0, frame.Length));
                _hasHead = true;
                if (_sums.Length < Head.Filled * _cut.MaxBlock)
                {
                    _sums = GC.AllocateUninitializedArray<float>(Head.Filled * _cut.MaxBlock);
                }

                break;
            case FrameKind.Sums:
                _nextSums++;
                _holdsSums = true;
                break;
            case FrameKind.Total:
                _nextTotal++;
                break;
            default:
                throw new AbortMessageException(Encoding.UTF8.GetString(_message, 0, frame.Length));
        }
    }
}

/// <summary>The other host broke the exchange and said why.</summary>
internal sealed class AbortMessageException(string reason) : Exception(reason);
