using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Doctor;

/// <summary>The folder of cached features.</summary>
internal static class CacheProbe
{
    /// <summary>Room below which a cache is not worth its name: 10,000 images at the pooled features of a ResNet50 take 80 MB, at a boundary within it up to 100 times as much.</summary>
    private const long LeastFreeBytes = 1L << 30;

    /// <param name="folder">The folder; it need not exist.</param>
    public static CacheFacts Look(string folder)
    {
        var path = Path.GetFullPath(folder);
        return new(
            path,
            Directory.Exists(path) ? new DirectoryInfo(path).EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true }).Sum(file => file.Length) : 0,
            Existing(path) is { } there ? new DriveInfo(there).AvailableFreeSpace : null);
    }

    /// <summary>Whether features can be kept there. A run works without, and computes them again each time.</summary>
    public static IEnumerable<Finding> FindingsOf(CacheFacts cache)
    {
        var there = Existing(cache.Folder);
        if (there is null || File.Exists(cache.Folder))
        {
            yield return new("cache", $"{cache.Folder} cannot be a folder for cached features: {(there is null ? "nothing of its path is there" : "it is a file")}", $"Name another folder with {FeatureDirectory.Variable}", Stops: false);
        }
        else if (FolderAccess.WhyNotWritable(there) is { } reason)
        {
            yield return new("cache", $"Cached features cannot be written below {there}: {reason}", $"Make it writable, or name another folder with {FeatureDirectory.Variable}; runs keep features in memory until then", Stops: false);
        }
        else if (cache.FreeBytes < LeastFreeBytes)
        {
            yield return new("cache", $"The disk of {cache.Folder} has {Amount.Bytes(cache.FreeBytes.Value)} left", $"Make room (dfreeze cache prune), or name a folder on another disk with {FeatureDirectory.Variable}", Stops: false);
        }
    }

    /// <summary>The folder, or the nearest one above it that is there.</summary>
    private static string? Existing(string? path)
    {
        while (path is not null && !Directory.Exists(path))
        {
            path = Path.GetDirectoryName(path);
        }

        return path;
    }
}
