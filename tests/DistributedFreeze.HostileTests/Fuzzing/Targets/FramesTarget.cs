using DistributedFreeze.Exchange;
using DistributedFreeze.Exchange.Sockets;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Hostile.Fuzzing.Targets;

/// <summary>What a member of an exchange sends in its steps, behind a byte that says how the vector travels. Checks behind frames are made right again: a member can reckon them.</summary>
internal sealed class FramesTarget(string folder) : FuzzTarget(folder)
{
    private const int Shards = 4;
    private static readonly Form[] Forms =
    [
        new(new(40, hosts: 2), ExchangeType.Fp32, Steps: 3),
        new(new(40, hosts: 2), ExchangeType.Bf16, Steps: 3),
        new(new(33_000, hosts: 2), ExchangeType.Bf16, Steps: 1), // cut: totals come, too
    ];

    public override string Name => "frames";

    public override int Inputs => 5_000;

    public override IEnumerable<byte[]> Seeds() =>
        from form in Enumerable.Range(0, Forms.Length)
        from filled in (int[])[2, 0]
        let farewell = filled == 0 ? Frame(Forms[form], FrameKind.AbortMessage, Forms[form].Steps, 0, "over"u8.ToArray()) : []
        select (byte[])[(byte)form, .. Sent(Forms[form], filled), .. farewell];

    public override byte[] Mend(byte[] input)
    {
        for (var at = 1; at + FrameHeader.Size + FrameCheck.Size <= input.Length;)
        {
            FrameHeader header;
            try
            {
                header = FrameHeader.Read(input.AsSpan(at));
            }
            catch (InvalidDataException)
            {
                break;
            }

            var payload = at + FrameHeader.Size;
            if (header.Kind == FrameKind.AbortMessage || header.Length < 0 || header.Length > input.Length - payload - FrameCheck.Size)
            {
                break;
            }

            FrameCheck.Write(input.AsSpan(payload + header.Length), Check(FormOf(input), header.Kind, input.AsSpan(payload, header.Length)));
            at = payload + header.Length + FrameCheck.Size;
        }

        return input;
    }

    public override void Read(byte[] input)
    {
        var (cut, wire, steps) = FormOf(input);
        using var link = new SaidLink(input);
        var receiver = new PeerReceiver(link, cut, own: 0, peer: 1, wire, new float[cut.Means], Shards);
        for (var step = 0L; step < steps; step++)
        {
            receiver.Begin(step);
            for (var block = 0; !receiver.IsDone;)
            {
                receiver.Pump();
                if (block < cut.Blocks(0) && receiver.HasSums(block))
                {
                    receiver.ReleaseSums();
                    block++;
                }
            }
        }

        receiver.FindFarewell();
    }

    public override bool Documents(Exception exception) => exception is IOException or InvalidDataException or AbortMessageException;

    private static Form FormOf(byte[] input) => Forms[input is [var first, ..] ? first % Forms.Length : 0];

    private static byte[] Sent(Form form, int filled)
    {
        var bytes = new List<byte>();
        var cut = form.Cut;
        for (var step = 0; step < form.Steps; step++)
        {
            var header = new StepHeader();
            header.Describe([.. Enumerable.Range(0, 2).Select(i => new PartialSum(new ShardNode(i, 1), i < filled ? new float[cut.Means + ExchangeVector.SumElements] : null))], samples: 3, wantsStop: false);
            var head = new byte[StepHeader.Size(2)];
            header.Write(head);
            bytes.AddRange(Frame(form, FrameKind.Head, step, 0, head));
            for (var block = 0; filled > 0 && block < cut.Blocks(0); block++)
            {
                bytes.AddRange(Frame(form, FrameKind.Sums, step, block, new byte[filled * cut.Block(0, block).Count * form.Width]));
            }

            for (var block = 0; block < cut.Totals(1); block++)
            {
                bytes.AddRange(Frame(form, FrameKind.Total, step, block, new byte[cut.Block(1, block).Count * form.Width]));
            }
        }

        return [.. bytes];
    }

    private static byte[] Frame(Form form, FrameKind kind, long step, int block, byte[] payload)
    {
        var bytes = new byte[FrameHeader.Size + payload.Length + (kind == FrameKind.AbortMessage ? 0 : FrameCheck.Size)];
        new FrameHeader(kind, block, step, payload.Length).Write(bytes);
        payload.CopyTo(bytes, FrameHeader.Size);
        if (kind != FrameKind.AbortMessage)
        {
            FrameCheck.Write(bytes.AsSpan(FrameHeader.Size + payload.Length), Check(form, kind, payload));
        }

        return bytes;
    }

    /// <summary>Sums have a check over one subtree after another.</summary>
    private static ulong Check(Form form, FrameKind kind, ReadOnlySpan<byte> payload)
    {
        var piece = kind == FrameKind.Sums ? form.Cut.Block(0, 0).Count * form.Width : payload.Length;
        var check = 0UL;
        do
        {
            var length = Math.Min(piece, payload.Length);
            check = FrameCheck.Of(payload[..length], check);
            payload = payload[length..];
        }
        while (!payload.IsEmpty);
        return check;
    }

    private sealed record Form(VectorPartition Cut, ExchangeType Wire, int Steps)
    {
        public int Width => Wire == ExchangeType.Bf16 ? sizeof(ushort) : sizeof(float);
    }

    private sealed class SaidLink(byte[] says) : ILink
    {
        private int _given = Math.Min(1, says.Length);
        private int _most = 1;

        public bool IsLost => _given == says.Length;

        public int Send(ReadOnlySpan<byte> bytes, bool moreFollow) => bytes.Length;

        public int Receive(Span<byte> bytes)
        {
            if (IsLost)
            {
                throw new IOException("The other host has closed the connection.");
            }

            // In pieces of every length.
            _most = (_most * 3 % 509) + 1;
            var count = Math.Min(Math.Min(_most, bytes.Length), says.Length - _given);
            says.AsSpan(_given, count).CopyTo(bytes);
            _given += count;
            return count;
        }

        public void Abort()
        {
        }

        public void EndSending()
        {
        }

        public void Dispose()
        {
        }
    }
}
