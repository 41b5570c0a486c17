using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Inference.Images;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Hostile.Fuzzing.Targets;

/// <summary>A small set of features in a folder.</summary>
internal static class FeatureSeeds
{
    public const int Elements = 8;
    public const int Images = 3;

    public static FeatureSetKey Key { get; } = FeatureSetKey.Of([new("boundary", "pool")]);

    public static ImageHash Image(int number) => new(SHA256.HashData(Encoding.UTF8.GetBytes(number.ToString(CultureInfo.InvariantCulture))));

    /// <summary>Fills the folder.</summary>
    public static SetFolder Fill(string folder)
    {
        using var store = Store(folder);
        using var set = store.Open(Key, Elements, FeatureType.Fp32);
        for (var number = 0; number < Images; number++)
        {
            set.Write(Image(number), Enumerable.Repeat((float)number, Elements).ToArray());
        }

        return new SetFolder(folder, Key.Sha256);
    }

    /// <summary>Lists, checks and reads whatever is in the folder, as commands and runs do.</summary>
    public static void ReadAll(string folder)
    {
        var directory = new FeatureDirectory(folder);
        _ = directory.List();
        _ = directory.Verify(CancellationToken.None).Count();
        using var store = Store(folder);
        using var set = store.Open(Key, Elements, FeatureType.Fp32);
        var values = new float[Elements];
        for (var number = 0; number < Images; number++)
        {
            // A record of which every sum is right was made by whoever reckons sums; else it is what was written.
            set.TryRead(Image(number), values);
        }
    }

    private static FeatureStore Store(string folder) => new(new() { Directory = folder, DiskBytes = 1 << 30 });
}
