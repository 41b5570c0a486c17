using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace DistributedFreeze.Coordination.Files;

/// <summary>
/// Weights, checkpoints, models, receipts and run files below the roots of this process's silos, whose paths have no links: what is opened is asked where it lies, before it
/// is read or written, and files are created, renamed and removed in the folder that their path names. Images and kept features are not.
/// </summary>
/// <remarks>
/// A path is judged before it is used, and a link could take a folder's place in between. The handle that was opened then belongs to another file than the path names,
/// which the system tells (<c>/proc/self/fd</c>, on Linux; elsewhere nothing is checked). Thread-safe.
/// </remarks>
internal static class RootedFiles
{
    /// <summary>What the system says behind the name of a file that was replaced or removed since it was opened.</summary>
    private const string Deleted = " (deleted)";

    private static ImmutableHashSet<string> _roots = ImmutableHashSet.Create<string>(StringComparer.Ordinal);

    /// <summary>Adds roots of a silo.</summary>
    /// <param name="roots">Full paths without links.</param>
    public static void Add(IEnumerable<string> roots)
    {
        foreach (var root in roots)
        {
            ImmutableInterlocked.Update(ref _roots, (known, added) => known.Add(added), Path.TrimEndingDirectorySeparator(root) + Path.DirectorySeparatorChar);
        }
    }

    /// <summary>Opens a file to be read; a pipe is not waited for, and refused.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">It cannot be opened, is a pipe, or lies elsewhere than its path says.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static SafeFileHandle OpenRead(string path)
    {
        var file = RegularFile.Open(path);
        try
        {
            Require(file, path);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Makes sure that a file that was opened lies where its path says.</summary>
    /// <param name="file">The file.</param>
    /// <param name="path">The path by which it was opened.</param>
    /// <exception cref="IOException">It lies elsewhere.</exception>
    public static void Require(SafeFileHandle file, string path)
    {
        if (PlaceOf(file, path) is { } place && place != path)
        {
            throw Elsewhere(path);
        }
    }

    /// <summary>Makes sure of the same for a file that was created, and empties it where it is not so.</summary>
    /// <remarks>The empty file stays: nobody knows where it lies but the system.</remarks>
    /// <inheritdoc cref="Require"/>
    public static void RequireCreated(SafeFileHandle file, string path)
    {
        if (PlaceOf(file, path) is { } place && place != path)
        {
            RandomAccess.SetLength(file, 0);
            Require(file, path);
        }
    }

    /// <summary>Creates a file, in the folder that its path names and in none that a link has put in its place.</summary>
    /// <param name="path">The file.</param>
    /// <param name="create">Creates it by another name of the same folder.</param>
    /// <exception cref="IOException">It cannot be created, or its path leads elsewhere.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be created.</exception>
    public static T Create<T>(string path, Func<string, T> create) => InItsFolder(path, create);

    /// <summary>Removes a file, if it is there, from the folder that its path names and from none that a link has put in its place.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">It cannot be removed, or its path leads elsewhere.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be removed.</exception>
    public static void Delete(string path) => InItsFolder(path, name =>
    {
        File.Delete(name);
        return true;
    });

    /// <summary>Gives a file another name in its folder, whose file it replaces: in the folder that their paths name and in none that a link has put in its place.</summary>
    /// <param name="path">The file.</param>
    /// <param name="destination">A path in the same folder.</param>
    /// <exception cref="IOException">It cannot be moved, or its path leads elsewhere.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be moved.</exception>
    public static void Replace(string path, string destination) => InItsFolder(path, name =>
    {
        File.Move(name, name == path ? destination : Path.Combine(Path.GetDirectoryName(name)!, Path.GetFileName(destination)), overwrite: true);
        return true;
    });

    /// <summary>Does something with a file by the handle of its folder, which the system opens without following a link.</summary>
    private static T InItsFolder<T>(string path, Func<string, T> act)
    {
        if (!IsRooted(path))
        {
            return act(path);
        }

        using var folder = LinklessPath.OpenFolder(Path.GetDirectoryName(path)!, out var error);
        switch (error)
        {
            case 0:
                break;
            case LinklessPath.NoSuchCall or LinklessPath.NotPermitted:
                return act(path);
            case LinklessPath.IsLink:
                throw Elsewhere(path);
            case LinklessPath.NoSuchFile or LinklessPath.NoFolder:
                throw new DirectoryNotFoundException($"Could not find a part of the path '{path}'.");
            case LinklessPath.NoAccess:
                throw new UnauthorizedAccessException($"Access to the path '{path}' is denied.");
            default:
                throw new IOException($"{path}: {Marshal.GetPInvokeErrorMessage(error)}", error);
        }

        var place = string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{folder!.DangerousGetHandle()}");
        if (!Directory.Exists(place))
        {
            return act(path); // no /proc
        }

        try
        {
            return act($"{place}/{Path.GetFileName(path)}");
        }
        catch (IOException reason) when (reason.Message.Contains(place, StringComparison.Ordinal))
        {
            throw new IOException(reason.Message.Replace(place, Path.GetDirectoryName(path), StringComparison.Ordinal), reason.HResult);
        }
        catch (UnauthorizedAccessException reason) when (reason.Message.Contains(place, StringComparison.Ordinal))
        {
            throw new UnauthorizedAccessException(reason.Message.Replace(place, Path.GetDirectoryName(path), StringComparison.Ordinal), reason);
        }
    }

    private static IOException Elsewhere(string path) =>
        new($"{path} leads elsewhere by now: it is no plain path below the silo's roots any more; nothing is read or written there");

    private static bool IsRooted(string path) => _roots.Any(root => path.StartsWith(root, StringComparison.Ordinal));

    /// <returns>Null where the path is below no root, and where the system does not tell.</returns>
    private static string? PlaceOf(SafeFileHandle file, string path)
    {
        if (!OperatingSystem.IsLinux() || !IsRooted(path))
        {
            return null;
        }

        var place = new FileInfo(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{file.DangerousGetHandle()}")).LinkTarget;
        return place?.EndsWith(Deleted, StringComparison.Ordinal) == true && !path.EndsWith(Deleted, StringComparison.Ordinal) ? place[..^Deleted.Length] : place;
    }
}
