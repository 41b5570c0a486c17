using System.Security.Cryptography;

namespace DistributedFreeze.Training.Measuring;

/// <summary>Measures a cache folder: what is written there goes to the disk and is read back.</summary>
internal static class DiskProbe
{
    /// <summary>Least bytes of a round: fewer would only measure the latency.</summary>
    private const int LeastBytes = 1 << 20;

    /// <param name="meter">Measures.</param>
    /// <param name="folder">The folder; the file in it is gone afterwards.</param>
    /// <param name="record">Bytes of a record.</param>
    /// <returns>Bytes per second, written and read alike; null where the folder cannot be written.</returns>
    public static double? Measure(RateMeter meter, string folder, long record)
    {
        var bytes = RandomNumberGenerator.GetBytes((int)Math.Clamp(record, LeastBytes, Array.MaxLength));
        try
        {
            Directory.CreateDirectory(folder);
            using var file = new FileStream(
                Path.Combine(folder, $"rate-{Path.GetRandomFileName()}.tmp"),
                FileMode.CreateNew,
                FileAccess.ReadWrite,
                FileShare.None,
                bufferSize: 0,
                FileOptions.DeleteOnClose);
            return meter.RateOf(() =>
            {
                file.Position = 0;
                file.Write(bytes);
                file.Flush(flushToDisk: true);
                file.Position = 0;
                file.ReadExactly(bytes);
                return 2L * bytes.Length;
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // the store says so itself, and keeps to memory
        }
    }
}
