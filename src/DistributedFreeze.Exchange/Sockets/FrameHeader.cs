using System.Buffers.Binary;

namespace DistributedFreeze.Exchange.Sockets;

/// <summary>What a frame between two hosts holds.</summary>
internal enum FrameKind : byte
{
    /// <summary>The first of a step: see <see cref="StepHeader"/>.</summary>
    Head = 1,

    /// <summary>One block of the sender's sums, one subtree after another, for the receiver to add.</summary>
    Sums = 2,

    /// <summary>One block of the total that the sender has added.</summary>
    Total = 3,

    /// <summary>Why the sender broke the exchange, in UTF-8; the last frame of a connection.</summary>
    AbortMessage = 4,
}

/// <summary>What stands before every frame; little-endian. Behind all but a farewell stands a <see cref="FrameCheck"/>.</summary>
/// <param name="Kind">What follows.</param>
/// <param name="Block">Which block it is; 0 where the kind has none.</param>
/// <param name="Step">The step that it belongs to, from 0.</param>
/// <param name="Length">Bytes that follow.</param>
internal readonly record struct FrameHeader(FrameKind Kind, int Block, long Step, int Length)
{
    /// <summary>Bytes of a header.</summary>
    public const int Size = 24;

    /// <summary>"DFX1" as the first four bytes.</summary>
    public const uint Magic = 0x31584644;

    /// <summary>The version of everything that travels between hosts.</summary>
    public const byte Version = 2;

    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Magic);
        bytes[4] = Version;
        bytes[5] = (byte)Kind;
        bytes[6] = bytes[7] = 0;
        BinaryPrimitives.WriteInt32LittleEndian(bytes[8..], Block);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[12..], Step);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[20..], Length);
    }

    /// <exception cref="InvalidDataException">The bytes are no header of this version.</exception>
    public static FrameHeader Read(ReadOnlySpan<byte> bytes)
    {
        var magic = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        if (magic != Magic)
        {
            throw new InvalidDataException($"sent something that is no frame (it begins with 0x{magic:x8} instead of 0x{Magic:x8})");
        }

        if (bytes[4] != Version)
        {
            throw new InvalidDataException($"sent a frame of version {bytes[4]}; this host speaks version {Version}");
        }

        return new(
            (FrameKind)bytes[5],
            BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[12..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[20..]));
    }
}
