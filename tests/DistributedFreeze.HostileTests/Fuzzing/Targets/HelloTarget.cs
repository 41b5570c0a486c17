using DistributedFreeze.Exchange;
using DistributedFreeze.Exchange.Sockets;

namespace DistributedFreeze.Hostile.Fuzzing.Targets;

/// <summary>What a host says on a new connection to the exchange port, from one who knows the key: a stranger gets no further than the proof.</summary>
internal sealed class HelloTarget(string folder) : FuzzTarget(folder)
{
    private const int Length = 40;

    public static ProcessGroup Plan { get; } = new()
    {
        Name = "run/0/1",
        Key = [.. Enumerable.Range(1, ProcessGroup.KeyLength).Select(i => (byte)i)],
        Shards = 4,
        Host = 0,
        Hosts = [new("127.0.0.1:1", 2), new("127.0.0.1:2", 2)],
    };

    public override string Name => "hello";

    public override int Inputs => 5_000;

    public override IEnumerable<byte[]> Seeds()
    {
        var hello = Hello.Of(Plan with { Host = 1 }, Length, to: 0);
        var nonce = Enumerable.Repeat((byte)7, Hello.NonceSize).ToArray();
        yield return hello.ToBytes(nonce);
        yield return (hello with { Purpose = HelloPurpose.Question }).ToBytes(nonce);
        yield return [.. (hello with { Purpose = HelloPurpose.AbortMessage }).ToBytes(nonce), 5, 0, .. "ended"u8];
    }

    public override IEnumerable<byte[]> Words() => [[0xff, 0xff], [0, 4], [1, 4]];

    public override bool Documents(Exception exception) => exception is IOException or InvalidDataException;

    public override void Read(byte[] input)
    {
        using var peer = new ProvingPeer(input, [.. Plan.Key]);
        var (hello, bytes) = Hello.Read(peer);
        switch (hello.Purpose)
        {
            case HelloPurpose.Question:
                Handshake.TellNearby(peer, Plan, Length, hello, bytes, Guid.Empty);
                break;
            case HelloPurpose.AbortMessage:
                Handshake.TakeFarewell(peer, Plan, Length, hello, bytes);
                break;
            default:
                Handshake.Answer(peer, Plan, Length, hello, bytes);
                break;
        }
    }
}
