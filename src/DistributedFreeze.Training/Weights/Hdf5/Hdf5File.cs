using DistributedFreeze.Coordination.Files;
using DistributedFreeze.Training.Weights.Stored;
using Microsoft.Win32.SafeHandles;

namespace DistributedFreeze.Training.Weights.Hdf5;

/// <summary>An open HDF5 file: as much of the format as files of weights use, read through one handle.</summary>
/// <remarks>
/// <para>
/// Weights come from anyone, and a library that follows the whole format follows it out of the file: elements in other files, virtual
/// datasets and links by name. PureHDF 2.2, which was used before, resolves them itself with no way to refuse, meets a link to itself by
/// overflowing the stack, which ends the process, and allocates what a file claims. So this reads superblocks 0 to 3, both kinds of object
/// headers and of groups, and 32-bit floats that are contiguous, compact or in chunks with gzip, shuffle and fletcher32, and refuses all
/// else by name. Everything that a file claims is checked against its length before it is allocated.
/// </para>
/// <para>Thread-safe: every operation has a reader of its own.</para>
/// </remarks>
internal sealed class Hdf5File : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly ZipRecord _place;

    private Hdf5File(SafeFileHandle file, ZipRecord place) => (_file, _place) = (file, place);

    /// <summary>Whether it is a record of a zip archive.</summary>
    public bool IsRecord => _place.Offset > 0;

    /// <exception cref="IOException">The file cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static Hdf5File Open(string path)
    {
        var file = RootedFiles.OpenRead(path);
        return new(file, new(0, RandomAccess.GetLength(file)));
    }

    /// <summary>Opens one that is a record of a zip archive.</summary>
    /// <param name="path">The archive.</param>
    /// <param name="record">The record's name.</param>
    /// <exception cref="InvalidDataException">It is no archive, or has no uncompressed record of that name.</exception>
    /// <exception cref="IOException">The file cannot be opened or read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static Hdf5File OpenRecord(string path, string record)
    {
        var file = RootedFiles.OpenRead(path);
        try
        {
            return new(file, ZipRecords.Of(file).TryGetValue(record, out var place)
                ? place
                : throw new InvalidDataException($"it holds no uncompressed {record}"));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>A reader with a budget of its own.</summary>
    public Hdf5Reader NewReader() => new(_file, _place.Offset, _place.Length);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
