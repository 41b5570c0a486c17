using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace DistributedFreeze.Grains.Artefacts;

/// <summary>SHA-256 of files that were hashed before: a model is not read whole for every byte of it that is asked for.</summary>
/// <remarks>
/// Thread-safe. A file counts as the same while path, length and the times of its making and its last change are; nobody can choose when a
/// file was made.
/// </remarks>
internal sealed class ArtefactHashes
{
    /// <summary>Files that are remembered; with more, all are hashed again when they are next asked for.</summary>
    private const int Most = 4096;

    private readonly ConcurrentDictionary<Version, string> _known = new();

    /// <summary>The hash of an open file, in lower-case hex.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="file">The file.</param>
    public string Of(string path, SafeFileHandle file)
    {
        var version = Version.Of(path, file);
        if (_known.TryGetValue(version, out var known))
        {
            return known;
        }

        var hash = Compute(file);
        if (Version.Of(path, file) == version)
        {
            if (_known.Count >= Most)
            {
                _known.Clear();
            }

            _known[version] = hash;
        }

        return hash;
    }

    private static string Compute(SafeFileHandle file)
    {
        using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var part = new byte[1 << 16];
        var offset = 0L;
        while (RandomAccess.Read(file, part, offset) is > 0 and var count)
        {
            sum.AppendData(part, 0, count);
            offset += count;
        }

        return Convert.ToHexStringLower(sum.GetHashAndReset());
    }

    private readonly record struct Version(string Path, long Length, DateTime Changed, DateTime Made)
    {
        public static Version Of(string path, SafeFileHandle file) =>
            new(path, RandomAccess.GetLength(file), File.GetLastWriteTimeUtc(file), File.GetCreationTimeUtc(file));
    }
}
