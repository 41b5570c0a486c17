using System.IO.Compression;

namespace DistributedFreeze.TestKit;

/// <summary>Small files that h5py wrote, with the library of the HDF Group itself: samples.py beside this makes samples.txt.</summary>
public static class Hdf5Samples
{
    private static readonly Dictionary<string, byte[]> ByName = Load();

    /// <summary>A file of that name.</summary>
    public static byte[] Get(string name) => (byte[])ByName[name].Clone();

    private static Dictionary<string, byte[]> Load()
    {
        using var reader = new StreamReader(typeof(Hdf5Samples).Assembly.GetManifestResourceStream("hdf5-samples.txt")!);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')).ToDictionary(line => line[0], line => Unpacked(line[1]));
    }

    private static byte[] Unpacked(string base64)
    {
        using var packed = new GZipStream(new MemoryStream(Convert.FromBase64String(base64)), CompressionMode.Decompress);
        var unpacked = new MemoryStream();
        packed.CopyTo(unpacked);
        return unpacked.ToArray();
    }
}
