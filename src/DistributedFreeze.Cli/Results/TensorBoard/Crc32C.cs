namespace DistributedFreeze.Cli.Results.TensorBoard;

/// <summary>CRC-32C, Castagnoli's, as iSCSI has it (RFC 3720, appendix B.4). Pure and thread-safe.</summary>
internal static class Crc32C
{
    /// <summary>The polynomial 0x1EDC6F41, reflected.</summary>
    private const uint Polynomial = 0x82F63B78;

    private static readonly uint[] Table = [.. Enumerable.Range(0, 256).Select(index => Shifted((uint)index))];

    /// <summary>The checksum of some bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc = Table[(byte)(crc ^ value)] ^ (crc >> 8);
        }

        return ~crc;
    }

    private static uint Shifted(uint value)
    {
        for (var bit = 0; bit < 8; bit++)
        {
            value = (value >> 1) ^ ((value & 1) * Polynomial);
        }

        return value;
    }
}
