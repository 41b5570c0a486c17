using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Inference.Images;
using DistributedFreeze.Runs;

namespace DistributedFreeze.TestKit.Data;

/// <summary>A set of small records whose values tell their image.</summary>
public static class SmallSet
{
    public const int Elements = 48;

    public static FeatureSetKey Key(string boundary = "pool") => FeatureSetKey.Of(
        [new("boundary", boundary), new("imageSize", "64"), new("type", "fp32")]);

    public static ImageHash Image(int number) =>
        new(SHA256.HashData(Encoding.UTF8.GetBytes(number.ToString(CultureInfo.InvariantCulture))));

    public static float[] Values(int number) => [.. Enumerable.Range(0, Elements).Select(i => number + (i * 0.37f))];

    public static FeatureStore Store(string? directory, long memory = 0, long disk = 1 << 30, TimeProvider? time = null) =>
        new(new() { Directory = directory, MemoryBytes = memory, DiskBytes = disk }, time);

    public static FeatureSet Open(this FeatureStore store, string boundary = "pool") =>
        store.Open(Key(boundary), Elements, FeatureType.Fp32);

    public static bool Write(this FeatureSet set, int number) => set.Write(Image(number), Values(number));

    /// <summary>The images of a range that are read, each checked to be right.</summary>
    public static int[] Read(this FeatureSet set, int count)
    {
        var found = new List<int>();
        var values = new float[Elements];
        for (var number = 0; number < count; number++)
        {
            if (set.TryRead(Image(number), values))
            {
                Assert.Equal(Values(number), values);
                found.Add(number);
            }
        }

        return [.. found];
    }

    /// <summary>Writes images 0 up to a number with a store of its own.</summary>
    public static void Fill(string directory, int count, string boundary = "pool", TimeProvider? time = null)
    {
        using var store = Store(directory, time: time);
        using var set = store.Open(boundary);
        for (var number = 0; number < count; number++)
        {
            Assert.True(set.Write(number));
        }
    }

    /// <summary>The only segment of the folder.</summary>
    public static string Segment(string directory) =>
        Assert.Single(Directory.GetFiles(directory, "*.features", SearchOption.AllDirectories));

    /// <summary>Gives a file another content where it stands, also while a store has it open, and without a flush for each.</summary>
    public static void Overwrite(string path, ReadOnlySpan<byte> bytes)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        RandomAccess.Write(file, bytes, 0);
        RandomAccess.SetLength(file, bytes.Length);
    }

    /// <summary>Cuts a file, also while a store has it open.</summary>
    public static void Cut(string path, long length)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        RandomAccess.SetLength(file, length);
    }

    public static long BytesIn(string directory) =>
        Directory.GetFiles(directory, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length);
}
