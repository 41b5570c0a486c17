using System.Text.RegularExpressions;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Training.Checkpoints;

/// <summary>Why a file could not be written, in words that stay the same from one attempt to the next.</summary>
internal static partial class StorageFault
{
    /// <param name="path">The file.</param>
    /// <param name="bytes">How long it would be, in bytes; 0 where that is not known.</param>
    /// <param name="reason">What writing it ended with.</param>
    public static StorageUnavailableException Of(string path, long bytes, Exception reason)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        return new(
            path,
            bytes,
            !Directory.Exists(folder) ? $"there is no folder {folder} any more"
            : reason is UnauthorizedAccessException ? $"the folder {folder} may not be written"
            : new DriveInfo(folder).AvailableFreeSpace < bytes ? "the disk is full"
            : Temporary().Replace(reason.Message.Split('\n', 2)[0].TrimEnd('.', ' '), ""),
            reason);
    }

    /// <summary>What <see cref="Runs.AtomicFile"/> and the like add to a file's name until it is whole.</summary>
    [GeneratedRegex(@"\.[a-z0-9]{8}\.[a-z0-9]{3}\.tmp")]
    private static partial Regex Temporary();
}
