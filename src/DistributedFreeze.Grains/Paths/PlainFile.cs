using System.Runtime.InteropServices;
using DistributedFreeze.Coordination.Files;
using Microsoft.Win32.SafeHandles;

namespace DistributedFreeze.Grains.Paths;

/// <summary>Opens a file to be read, by a path without links: on Linux the system looks at every name of it as it opens, so that no link can take a folder's place in between.</summary>
/// <remarks>Thread-safe. Where the system has no such call (before Linux 5.6, other systems, some sandboxes), the file itself is looked at right before it is opened.</remarks>
internal static class PlainFile
{
    /// <param name="path">A full path.</param>
    /// <param name="mayHaveLinks">Whether links to folders in it are followed; the file itself is never one.</param>
    /// <returns>Null where there is no such file, or the path has a link, or leads to a pipe.</returns>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static SafeFileHandle? Open(string path, bool mayHaveLinks)
    {
        if (!mayHaveLinks)
        {
            var file = LinklessPath.OpenFile(path, out var error);
            switch (error)
            {
                case 0:
                    return Content(file!);
                case LinklessPath.NoSuchFile or LinklessPath.NoFolder or LinklessPath.IsLink:
                    return null;
                case LinklessPath.NoAccess:
                    throw new UnauthorizedAccessException($"Access to the path '{path}' is denied.");
                case LinklessPath.NoSuchCall or LinklessPath.NotPermitted:
                    break;
                default:
                    throw new IOException($"{path} cannot be opened: {Marshal.GetPInvokeErrorMessage(error)}");
            }
        }

        try
        {
            return new FileInfo(path) is { Exists: true, LinkTarget: null } ? Content(File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete)) : null;
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            return null; // replaced or removed meanwhile
        }
    }

    /// <returns>Null where the handle is of a folder or a pipe.</returns>
    private static SafeFileHandle? Content(SafeFileHandle file)
    {
        try
        {
            _ = RandomAccess.GetLength(file);
            if (!File.GetAttributes(file).HasFlag(FileAttributes.Directory))
            {
                return file;
            }
        }
        catch (NotSupportedException)
        {
            // Nothing with a beginning and an end.
        }

        file.Dispose();
        return null;
    }
}
