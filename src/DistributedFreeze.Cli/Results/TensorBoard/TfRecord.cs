using System.Buffers.Binary;
using System.Numerics;

namespace DistributedFreeze.Cli.Results.TensorBoard;

/// <summary>Frames a message as TensorFlow's record files do (https://www.tensorflow.org/tutorials/load_data/tfrecord). Pure and thread-safe.</summary>
internal static class TfRecord
{
    private const int HeaderBytes = sizeof(ulong) + sizeof(uint);
    private const uint MaskDelta = 0xA282EAD8;

    /// <summary>Length, checksum of the length, message, checksum of the message; all little-endian.</summary>
    public static byte[] Of(ReadOnlySpan<byte> message)
    {
        var record = new byte[HeaderBytes + message.Length + sizeof(uint)];
        BinaryPrimitives.WriteUInt64LittleEndian(record, (ulong)message.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(sizeof(ulong)), Masked(record.AsSpan(0, sizeof(ulong))));
        message.CopyTo(record.AsSpan(HeaderBytes));
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(HeaderBytes + message.Length), Masked(message));
        return record;
    }

    /// <summary>Masked, since a checksum over bytes that contain their own checksums would be weak.</summary>
    private static uint Masked(ReadOnlySpan<byte> bytes) => unchecked(BitOperations.RotateRight(Crc32C.Of(bytes), 15) + MaskDelta);
}
