using Microsoft.Win32.SafeHandles;

namespace DistributedFreeze.Cli.Results.TensorBoard;

/// <summary>A file of records that may be there already, as a whole or in part: what is there and right stays as it is, the rest is written.</summary>
/// <remarks>
/// Whoever reads it meanwhile never sees it shrink or change as long as the same records are written, and never sees a record in part but for the last one. So two processes
/// may write the same file at the same time. Not thread-safe.
/// </remarks>
internal sealed class EventFile : IDisposable
{
    private readonly SafeFileHandle _file;
    private long _position;

    /// <param name="path">The file; its folder is there.</param>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be opened.</exception>
    public EventFile(string path) =>
        _file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);

    /// <summary>Takes the next record. After an exception it may be given again.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Append(ReadOnlySpan<byte> record)
    {
        var there = Read(record.Length);
        if (!record.StartsWith(there))
        {
            RandomAccess.SetLength(_file, _position); // another version's: from here on it is written anew
            there = [];
        }

        if (there.Length < record.Length)
        {
            RandomAccess.Write(_file, record, _position);
        }

        _position += record.Length;
    }

    public void Dispose() => _file.Dispose();

    private byte[] Read(int length)
    {
        var bytes = new byte[length];
        var read = 0;
        while (read < length && RandomAccess.Read(_file, bytes.AsSpan(read), _position + read) is > 0 and var more)
        {
            read += more;
        }

        return bytes[..read];
    }
}
