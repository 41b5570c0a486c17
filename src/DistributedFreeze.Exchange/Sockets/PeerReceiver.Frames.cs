using System.Runtime.InteropServices;
using System.Text;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Exchange.Sockets;

/// <content>One frame from its header to its check: whether it may come now, where its bytes go, and what it changes once it is whole.</content>
internal sealed partial class PeerReceiver
{
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
