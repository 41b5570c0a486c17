using System.Security.Cryptography;
using System.Text;

namespace DistributedFreeze.Exchange.Sockets;

/// <summary>
/// Two hosts prove to each other that they know an exchange's key: each signs both greetings, which hold both nonces and everything that
/// the two must agree on. The two proofs have different labels, so neither can be sent back as the other.
/// </summary>
internal static class Handshake
{
    private const byte Accepted = 1;

    /// <summary>The part of the host that connected.</summary>
    /// <exception cref="IOException">The connection ended.</exception>
    /// <exception cref="InvalidDataException">The other host is not the one that was meant.</exception>
    public static void Connect(Stream stream, ProcessGroup plan, int length, int peer)
    {
        var own = Hello.Of(plan, length, peer);
        var (theirs, ownBytes, theirBytes) = Greet(stream, plan, own);
        stream.Write(Proof("connector", plan, ownBytes, theirBytes));
        if (own.Difference(theirs) is { } difference)
        {
            throw new InvalidDataException(difference);
        }

        if (stream.ReadByte() != Accepted)
        {
            throw new InvalidDataException("did not accept the connection");
        }
    }

    /// <summary>Asks the host that was connected to for its <see cref="NearbySocket"/>; the connection is of no other use.</summary>
    /// <returns>Empty where it has none.</returns>
    /// <exception cref="IOException">The connection ended.</exception>
    /// <exception cref="InvalidDataException">The other host is not the one that was meant.</exception>
    public static Guid AskNearby(Stream stream, ProcessGroup plan, int length, int peer) =>
        Greet(stream, plan, Hello.Of(plan, length, peer) with { Purpose = HelloPurpose.Question }).Theirs.Nearby;

    /// <summary>Answers <see cref="AskNearby"/>, once the greeting has been read. The asking host need not authenticate: the answer gives no access.</summary>
    /// <exception cref="IOException">The connection ended.</exception>
    public static void TellNearby(Stream stream, ProcessGroup plan, int length, Hello theirs, byte[] theirBytes, Guid nearby) =>
        AnswerGreeting(stream, plan, Hello.Of(plan, length, theirs.From) with { Nearby = nearby }, theirBytes);

    /// <summary>Says why this host broke the exchange, on a connection of its own: the other one does not read what waits behind its sums.</summary>
    /// <param name="stream">The connection.</param>
    /// <param name="plan">The exchange.</param>
    /// <param name="length">Elements of its vector.</param>
    /// <param name="peer">The other host.</param>
    /// <param name="reason">At most <see cref="PeerReceiver.MaxFarewell"/> bytes.</param>
    /// <exception cref="IOException">The connection ended.</exception>
    /// <exception cref="InvalidDataException">The other host is not the one that was meant.</exception>
    public static void SayFarewell(Stream stream, ProcessGroup plan, int length, int peer, ReadOnlySpan<byte> reason)
    {
        var (_, ownBytes, theirBytes) = Greet(stream, plan, Hello.Of(plan, length, peer) with { Purpose = HelloPurpose.AbortMessage });
        stream.Write([.. Proof("connector", plan, ownBytes, theirBytes), (byte)reason.Length, (byte)(reason.Length >> 8), .. reason]);
        stream.ReadByte(); // it closes once it has read
    }

    /// <summary>Takes what <see cref="SayFarewell"/> says, once the greeting has been read.</summary>
    /// <returns>The reason.</returns>
    /// <exception cref="IOException">The connection ended.</exception>
    /// <exception cref="InvalidDataException">The other host does not know the key, or says too much.</exception>
    public static string TakeFarewell(Stream stream, ProcessGroup plan, int length, Hello theirs, byte[] theirBytes)
    {
        var difference = Answer(stream, plan, length, theirs, theirBytes)
            ?? (theirs.From >= 0 && theirs.From < plan.Hosts.Length ? null : $"has index {theirs.From} of {plan.Hosts.Length} hosts");
        if (difference is not null)
        {
            throw new InvalidDataException(difference);
        }

        var size = new byte[2];
        stream.ReadExactly(size);
        var reason = new byte[size[0] | (size[1] << 8)];
        if (reason.Length > PeerReceiver.MaxFarewell)
        {
            throw new InvalidDataException($"said farewell with {reason.Length} bytes; expected at most {PeerReceiver.MaxFarewell}");
        }

        stream.ReadExactly(reason);
        return Encoding.UTF8.GetString(reason);
    }

    /// <summary>The part of the host that was connected to, once it has read the greeting.</summary>
    /// <returns>How the other host's view of the exchange differs, or null: then <see cref="Accept"/> ends the handshake.</returns>
    /// <exception cref="IOException">The connection ended.</exception>
    /// <exception cref="InvalidDataException">The other host does not know the key.</exception>
    public static string? Answer(Stream stream, ProcessGroup plan, int length, Hello theirs, byte[] theirBytes)
    {
        var own = Hello.Of(plan, length, theirs.From);
        var ownBytes = AnswerGreeting(stream, plan, own, theirBytes);
        ReadProof(stream, Proof("connector", plan, theirBytes, ownBytes), plan.Name);
        return own.Difference(theirs);
    }

    /// <summary>Ends the handshake: the other host may send its first step.</summary>
    public static void Accept(Stream stream) => stream.WriteByte(Accepted);

    private static (Hello Theirs, byte[] OwnBytes, byte[] TheirBytes) Greet(Stream stream, ProcessGroup plan, Hello own)
    {
        var ownBytes = own.ToBytes(RandomNumberGenerator.GetBytes(Hello.NonceSize));
        stream.Write(ownBytes);
        var (theirs, theirBytes) = Hello.Read(stream);
        ReadProof(stream, Proof("listener", plan, ownBytes, theirBytes), plan.Name);
        return (theirs, ownBytes, theirBytes);
    }

    private static byte[] AnswerGreeting(Stream stream, ProcessGroup plan, Hello own, byte[] theirBytes)
    {
        var ownBytes = own.ToBytes(RandomNumberGenerator.GetBytes(Hello.NonceSize));
        stream.Write([.. ownBytes, .. Proof("listener", plan, theirBytes, ownBytes)]);
        return ownBytes;
    }

    private static byte[] Proof(string label, ProcessGroup plan, byte[] connector, byte[] listener)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, plan.Key.AsSpan());
        hmac.AppendData(Encoding.ASCII.GetBytes($"DistributedFreeze exchange {label}"));
        hmac.AppendData(connector);
        hmac.AppendData(listener);
        return hmac.GetHashAndReset();
    }

    private static void ReadProof(Stream stream, byte[] expected, string name)
    {
        var proof = new byte[expected.Length];
        stream.ReadExactly(proof);
        if (!CryptographicOperations.FixedTimeEquals(proof, expected))
        {
            throw new InvalidDataException($"did not prove that it knows the key of exchange \"{name}\"");
        }
    }
}
