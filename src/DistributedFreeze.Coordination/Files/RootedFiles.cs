using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace DistributedFreeze.Coordination.Files;

/// <summary>
/// Weights, checkpoints, models, receipts and run files below the roots of this process's silos, whose paths have no links: what is opened is asked where it lies, before it
/// is read or written. Images and kept features are not.
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

    /// <summary>Opens a file to be read.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">It cannot be opened, or lies elsewhere than its path says.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static SafeFileHandle OpenRead(string path)
    {
        var file = File.OpenHandle(path);
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
            throw new IOException($"{path} leads elsewhere by now: it is no plain path below the silo's roots any more; nothing is read or written there");
        }
    }

    /// <summary>Makes sure of the same for a file that was created, and empties it where it is not so.</summary>
    /// <remarks>The empty file stays: it could only be removed by a path, which may lead to another file by then.</remarks>
    /// <inheritdoc cref="Require"/>
    public static void RequireCreated(SafeFileHandle file, string path)
    {
        if (PlaceOf(file, path) is { } place && place != path)
        {
            RandomAccess.SetLength(file, 0);
            Require(file, path);
        }
    }

    /// <returns>Null where the path is below no root, and where the system does not tell.</returns>
    private static string? PlaceOf(SafeFileHandle file, string path)
    {
        if (!OperatingSystem.IsLinux() || !_roots.Any(root => path.StartsWith(root, StringComparison.Ordinal)))
        {
            return null;
        }

        var place = new FileInfo(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{file.DangerousGetHandle()}")).LinkTarget;
        return place?.EndsWith(Deleted, StringComparison.Ordinal) == true && !path.EndsWith(Deleted, StringComparison.Ordinal) ? place[..^Deleted.Length] : place;
    }
}
