using System.Runtime.InteropServices;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Exchange.Sockets;

/// <summary>What one host sends another in a step, as the link takes it: the head, blocks of sums, and blocks of the total once they are there.</summary>
/// <remarks>Small pieces are gathered in a buffer and leave together; long ones go straight from where they lie.</remarks>
internal sealed class PeerSender
{
    /// <summary>Bytes up to which a piece is copied rather than sent by a call of its own.</summary>
    private const int CopiedBytes = 64 * 1024;

    /// <summary>
    /// Bytes after which it is another host's turn: all must get their first blocks before one gets its last. A block's check may be left for the next turn: nothing
    /// can be done with the block before.
    /// </summary>
    private const int TurnBytes = 256 * 1024;

    private readonly ILink _link;
    private readonly VectorPartition _cut;
    private readonly int _own;
    private readonly int _peer;
    private readonly ExchangeType _wire;
    private readonly float[][] _totals;
    private readonly ulong[] _totalChecks;
    private readonly List<float[]> _sums = [];
    private readonly byte[] _buffer;
    private int _bufferStart;
    private int _bufferEnd;
    private IReadOnlyList<float[]> _pieces = [];
    private int _piece;
    private int _pieceSent;
    private int _start;
    private int _count;
    private int _nextSums;
    private int _nextTotal;
    private int _blocksOfSums;
    private long _step;
    private ulong _check;
    private bool _owesCheck;

    /// <param name="link">The connection.</param>
    /// <param name="cut">How the vector is cut.</param>
    /// <param name="own">This host.</param>
    /// <param name="peer">The other one.</param>
    /// <param name="wire">How numbers travel.</param>
    /// <param name="total">This host's total; its blocks are sent from there.</param>
    /// <param name="totalChecks">The checks of its blocks in 32 bits, each there with its block: they are the same for every host.</param>
    /// <param name="shards">Shards of the run: no head has more subtrees.</param>
    public PeerSender(ILink link, VectorPartition cut, int own, int peer, ExchangeType wire, float[] total, ulong[] totalChecks, int shards)
    {
        (_link, _cut, _own, _peer, _wire) = (link, cut, own, peer, wire);
        (_totals, _totalChecks) = ([total], totalChecks);
        var rounded = wire == ExchangeType.Bf16 ? cut.MaxBlock * sizeof(ushort) : 0;
        _buffer = GC.AllocateUninitializedArray<byte>(
            (2 * (FrameHeader.Size + FrameCheck.Size)) + StepHeader.Size(shards) + Math.Max(rounded, CopiedBytes), pinned: true);
    }

    /// <summary>True once everything of this step has been taken by the link.</summary>
    public bool IsDone => !HasPending && _nextSums == _blocksOfSums && _nextTotal == _cut.Totals(_own);

    /// <summary>True where there is something to send now.</summary>
    public bool CanSend(int readyTotals) => HasPending || _nextSums < _blocksOfSums || _nextTotal < readyTotals;

    /// <summary>Bytes of the frame under way that the link has not taken yet.</summary>
    public long Owed
    {
        get
        {
            long owed = _bufferEnd - _bufferStart;
            owed += _owesCheck ? FrameCheck.Size : 0;
            return _piece < _pieces.Count ? owed + ((long)(_pieces.Count - _piece) * PieceBytes) - _pieceSent : owed;
        }
    }

    private bool HasPending => _bufferStart < _bufferEnd || _piece < _pieces.Count || _owesCheck;

    private int PieceBytes => _count * (_wire == ExchangeType.Bf16 ? sizeof(ushort) : sizeof(float));

    /// <summary>Begins a step.</summary>
    /// <param name="step">Its number.</param>
    /// <param name="head">What it is.</param>
    /// <param name="nodes">This host's subtrees; not touched before the step is done.</param>
    public void Begin(long step, StepHeader head, IReadOnlyList<PartialSum> nodes)
    {
        _step = step;
        (_nextSums, _nextTotal) = (0, 0);
        (_pieces, _piece, _owesCheck) = ([], 0, false);
        _sums.Clear();
        for (var i = 0; i < nodes.Count; i++)
        {
            if (nodes[i].Values is { } values)
            {
                _sums.Add(values);
            }
        }

        _blocksOfSums = _sums.Count == 0 ? 0 : _cut.Blocks(_peer);
        AppendHeader(FrameKind.Head, 0, StepHeader.Size(head.Nodes.Count));
        var bytes = head.Write(_buffer.AsSpan(_bufferEnd));
        _check = FrameCheck.Of(_buffer.AsSpan(_bufferEnd, bytes));
        _bufferEnd += bytes;
        AppendCheck();
    }

    /// <summary>Sends until the link has no room, nothing is left to send now, or it is another host's turn.</summary>
    /// <param name="readyTotals">Blocks of the total that are there.</param>
    /// <returns>False where nothing could be sent.</returns>
    /// <exception cref="IOException">The connection is lost.</exception>
    public bool Pump(int readyTotals)
    {
        var moved = 0;
        while (moved < TurnBytes)
        {
            Fill(readyTotals);
            var isBuffered = _bufferStart < _bufferEnd;
            var bytes = isBuffered ? _buffer.AsSpan(_bufferStart, _bufferEnd - _bufferStart) : Piece();
            var sent = bytes.IsEmpty ? 0 : _link.Send(bytes, isBuffered ? _piece < _pieces.Count : _owesCheck);
            if (sent == 0)
            {
                break;
            }

            moved += sent;
            if (isBuffered)
            {
                _bufferStart += sent;
                if (_bufferStart == _bufferEnd)
                {
                    (_bufferStart, _bufferEnd) = (0, 0);
                }
            }
            else
            {
                _pieceSent += sent;
                if (_pieceSent == PieceBytes)
                {
                    (_piece, _pieceSent) = (_piece + 1, 0);
                }
            }
        }

        return moved > 0;
    }

    /// <summary>Gathers headers and small pieces in the buffer, as many as have room.</summary>
    private void Fill(int readyTotals)
    {
        while (true)
        {
            if (_piece == _pieces.Count && _owesCheck)
            {
                if (_buffer.Length - _bufferEnd < FrameCheck.Size)
                {
                    return;
                }

                AppendCheck();
            }

            if (_piece == _pieces.Count && !TryOpenFrame(readyTotals))
            {
                return;
            }

            if (_pieceSent > 0 || (_wire == ExchangeType.Fp32 && PieceBytes > CopiedBytes) || PieceBytes > _buffer.Length - _bufferEnd)
            {
                return;
            }

            var values = _pieces[_piece].AsSpan(_start, _count);
            var room = _buffer.AsSpan(_bufferEnd, PieceBytes);
            if (_wire == ExchangeType.Bf16)
            {
                Bfloat16.Narrow(values, MemoryMarshal.Cast<byte, ushort>(room));
                _check = FrameCheck.Of(room, _check);
            }
            else
            {
                MemoryMarshal.AsBytes(values).CopyTo(room);
            }

            _bufferEnd += PieceBytes;
            _piece++;
        }
    }

    private bool TryOpenFrame(int readyTotals)
    {
        if (_buffer.Length - _bufferEnd < FrameHeader.Size)
        {
            return false;
        }

        // A block that has just been added is still in the cache.
        if (_nextTotal < readyTotals)
        {
            (_start, _count) = _cut.Block(_own, _nextTotal);
            _pieces = _totals;
            AppendHeader(FrameKind.Total, _nextTotal++, PieceBytes);
        }
        else if (_nextSums < _blocksOfSums)
        {
            (_start, _count) = _cut.Block(_peer, _nextSums);
            _pieces = _sums;
            AppendHeader(FrameKind.Sums, _nextSums++, PieceBytes * _sums.Count);
        }
        else
        {
            return false;
        }

        (_piece, _check, _owesCheck) = (0, 0, true);
        if (_wire == ExchangeType.Fp32 && _pieces == _totals)
        {
            _check = _totalChecks[_nextTotal - 1];
        }
        else if (_wire == ExchangeType.Fp32)
        {
            foreach (var piece in _pieces)
            {
                _check = FrameCheck.Of(MemoryMarshal.AsBytes(piece.AsSpan(_start, _count)), _check);
            }
        }

        return true;
    }

    private void AppendHeader(FrameKind kind, int block, int length)
    {
        new FrameHeader(kind, block, _step, length).Write(_buffer.AsSpan(_bufferEnd));
        _bufferEnd += FrameHeader.Size;
    }

    private void AppendCheck()
    {
        FrameCheck.Write(_buffer.AsSpan(_bufferEnd), _check);
        _bufferEnd += FrameCheck.Size;
        _owesCheck = false;
    }

    private ReadOnlySpan<byte> Piece() => _piece < _pieces.Count
        ? MemoryMarshal.AsBytes(_pieces[_piece].AsSpan(_start, _count))[_pieceSent..]
        : [];
}
