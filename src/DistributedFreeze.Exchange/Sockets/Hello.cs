using System.Buffers.Binary;
using System.Text;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Exchange.Sockets;

/// <summary>What a connection is for.</summary>
internal enum HelloPurpose : byte
{
    /// <summary>To make steps.</summary>
    Exchange = 0,

    /// <summary>To be told the other host's <see cref="NearbySocket"/>, and nothing else.</summary>
    Question = 1,

    /// <summary>To say why the sender broke the exchange, and nothing else.</summary>
    AbortMessage = 2,
}

/// <summary>What both ends of a new connection say first: which exchange they mean and how they see it.</summary>
/// <param name="Name">The exchange.</param>
/// <param name="Shards">Its shards.</param>
/// <param name="Length">Elements of its vector.</param>
/// <param name="Wire">How numbers travel.</param>
/// <param name="Hosts">Number of hosts.</param>
/// <param name="From">The sender's index.</param>
/// <param name="To">The index of the host that it means to speak to.</param>
/// <param name="Purpose">What the sender wants.</param>
/// <param name="Nearby">The sender's <see cref="NearbySocket"/>; empty where it has none or has connected itself.</param>
internal sealed record Hello(
    string Name, int Shards, int Length, ExchangeType Wire, int Hosts, int From, int To, HelloPurpose Purpose = HelloPurpose.Exchange, Guid Nearby = default)
{
    /// <summary>Bytes of a nonce.</summary>
    public const int NonceSize = 32;

    private const int FixedSize = 48;
    private const uint Magic = 0x48584644; // "DFXH"

    /// <summary>This host's view of an exchange.</summary>
    public static Hello Of(ProcessGroup plan, int length, int to) =>
        new(plan.Name, plan.Shards, length, plan.Wire, plan.Hosts.Length, plan.Host, to);

    /// <summary>Writes this and a nonce.</summary>
    public byte[] ToBytes(ReadOnlySpan<byte> nonce)
    {
        var name = Encoding.UTF8.GetBytes(Name);
        var bytes = new byte[FixedSize + NonceSize + name.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Magic);
        bytes[4] = FrameHeader.Version;
        bytes[5] = (byte)Wire;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(6), (ushort)name.Length);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), Shards);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), Length);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(16), Hosts);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(20), From);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(24), To);
        bytes[28] = (byte)Purpose;
        Nearby.TryWriteBytes(bytes.AsSpan(32));
        nonce.CopyTo(bytes.AsSpan(FixedSize));
        name.CopyTo(bytes, FixedSize + NonceSize);
        return bytes;
    }

    /// <summary>Reads one, and every byte of it for the proof.</summary>
    /// <exception cref="IOException">The connection ended.</exception>
    /// <exception cref="InvalidDataException">The bytes are no greeting of this version.</exception>
    public static (Hello Hello, byte[] Bytes) Read(Stream stream)
    {
        var start = new byte[FixedSize + NonceSize];
        stream.ReadExactly(start.AsSpan(0, 8));
        if (BinaryPrimitives.ReadUInt32LittleEndian(start) is var magic and not Magic)
        {
            throw new InvalidDataException($"sent something that is no greeting (it begins with 0x{magic:x8} instead of 0x{Magic:x8})");
        }

        if (start[4] != FrameHeader.Version)
        {
            throw new InvalidDataException($"speaks version {start[4]}; this host speaks version {FrameHeader.Version}");
        }

        var nameLength = BinaryPrimitives.ReadUInt16LittleEndian(start.AsSpan(6));
        if (nameLength is 0 or > ProcessGroup.MaxNameLength)
        {
            throw new InvalidDataException($"sent a name of {nameLength} bytes; expected 1 to {ProcessGroup.MaxNameLength}");
        }

        stream.ReadExactly(start.AsSpan(8));
        var bytes = new byte[start.Length + nameLength];
        start.CopyTo(bytes, 0);
        stream.ReadExactly(bytes.AsSpan(start.Length));
        return (new(
            Encoding.UTF8.GetString(bytes, start.Length, nameLength),
            BinaryPrimitives.ReadInt32LittleEndian(start.AsSpan(8)),
            BinaryPrimitives.ReadInt32LittleEndian(start.AsSpan(12)),
            (ExchangeType)start[5],
            BinaryPrimitives.ReadInt32LittleEndian(start.AsSpan(16)),
            BinaryPrimitives.ReadInt32LittleEndian(start.AsSpan(20)),
            BinaryPrimitives.ReadInt32LittleEndian(start.AsSpan(24)),
            (HelloPurpose)start[28],
            new Guid(start.AsSpan(32, 16))), bytes);
    }

    /// <summary>Compares an authenticated greeting with this host's view.</summary>
    /// <returns>How the other one differs, or null.</returns>
    public string? Difference(Hello other)
    {
        string? Differs<T>(string what, T own, T theirs) => Equals(own, theirs) ? null : $"has {what} {theirs} where this host has {own}";
        return Differs("shards", Shards, other.Shards)
            ?? Differs("vector length", Length, other.Length)
            ?? Differs("wire type", Wire, other.Wire)
            ?? Differs("number of hosts", Hosts, other.Hosts)
            ?? Differs("its own index", To, other.From)
            ?? Differs("this host's index", From, other.To);
    }
}
