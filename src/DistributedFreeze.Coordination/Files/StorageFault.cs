using System.Text.RegularExpressions;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Coordination.Files;

/// <summary>Why a file could not be written, in words that stay the same from one attempt to the next.</summary>
internal static partial class StorageFault
{
    private static readonly int[] Full = OperatingSystem.IsWindows()
        ? [unchecked((int)0x80070027), unchecked((int)0x80070070)] // ERROR_HANDLE_DISK_FULL, ERROR_DISK_FULL
        : OperatingSystem.IsMacOS() ? [28, 69] : [28, 122]; // ENOSPC, EDQUOT: the runtime hands on the system's number

    private static readonly int ReadOnlyFileSystem = OperatingSystem.IsWindows() ? unchecked((int)0x80070013) : 30; // ERROR_WRITE_PROTECT; EROFS

    /// <summary>Whether there was no room: whoever waits may find some.</summary>
    /// <param name="reason">What writing a file ended with.</param>
    public static bool IsFull(Exception reason) => reason is IOException && Full.Contains(reason.HResult);

    /// <summary>Whether there was no room, or writing was not allowed: both may end, of a folder that was writable before.</summary>
    /// <param name="reason">What writing a file ended with.</param>
    public static bool MayPass(Exception reason) => IsFull(reason) || IsReadOnly(reason);

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
            : IsReadOnly(reason) ? $"the folder {folder} may not be written"
            : IsFull(reason) || new DriveInfo(folder).AvailableFreeSpace < bytes ? "the disk is full"
            : Temporary().Replace(reason.Message.Split('\n', 2)[0].TrimEnd('.', ' '), ""),
            reason);
    }

    private static bool IsReadOnly(Exception reason) =>
        reason is UnauthorizedAccessException || (reason is IOException && reason.HResult == ReadOnlyFileSystem);

    /// <summary>What <see cref="AtomicFile"/> and the like add to a file's name until it is whole.</summary>
    [GeneratedRegex(@"\.[a-z0-9]{8}\.[a-z0-9]{3}\.tmp")]
    private static partial Regex Temporary();
}
