using System.Buffers.Binary;
using System.IO.Hashing;

namespace DistributedFreeze.Exchange.Sockets;

/// <summary>
/// What stands behind a frame: XXH3 over its bytes, little-endian. TCP's own sum has 16 bits and is made anew by every device on the way, so that what one of
/// them damages arrives as whole; a sum of gradients that is wrong is found by nothing else.
/// </summary>
internal static class FrameCheck
{
    /// <summary>Stands behind a frame that its sender gave up and ended with zeros: a farewell follows.</summary>
    public const ulong GivenUp = 0;

    /// <summary>Bytes of a check.</summary>
    public const int Size = sizeof(ulong);

    /// <summary>The check of a frame's pieces so far.</summary>
    /// <param name="piece">The next piece.</param>
    /// <param name="before">The check of those before it; 0 for none.</param>
    /// <returns>Never <see cref="GivenUp"/>.</returns>
    public static ulong Of(ReadOnlySpan<byte> piece, ulong before = 0) => Math.Max(1, XxHash3.HashToUInt64(piece, (long)before));

    public static void Write(Span<byte> bytes, ulong check) => BinaryPrimitives.WriteUInt64LittleEndian(bytes, check);

    public static ulong Read(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt64LittleEndian(bytes);
}
