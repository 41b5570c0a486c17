namespace DistributedFreeze.Cli.Pull;

/// <summary>What has arrived of a file so far, beside the place of the whole one. One process holds it at a time.</summary>
/// <remarks>It stays when the process ends, with what tells whether the other side still has the same content, so that the next pull goes on.</remarks>
internal sealed class PartFile : IDisposable
{
    private readonly string _path;
    private readonly string _origin;
    private readonly FileStream _stream;

    private PartFile(string path, FileStream stream) => (_path, _origin, _stream) = (path, $"{path}.from", stream);

    public long Length => _stream.Length;

    /// <summary>Its content; not to be disposed.</summary>
    public Stream Content => _stream;

    /// <exception cref="IOException">Another process has it, or the disk fails.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public static PartFile Open(string target)
    {
        var path = $"{target}.part";
        return new(path, new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
    }

    /// <summary>By what the other side knows the content of which this is a part.</summary>
    /// <param name="address">Where it is pulled from.</param>
    /// <returns>Null where nothing is known, or it came from elsewhere.</returns>
    public string? ValidatorAt(string address) =>
        Length > 0 && File.Exists(_origin) && File.ReadAllLines(_origin) is [var from, { Length: > 0 } validator] && from == address ? validator : null;

    /// <summary>Begins anew.</summary>
    /// <param name="address">Where it is pulled from.</param>
    /// <param name="validator">By what the other side knows its content; null lets the next pull begin anew, too.</param>
    public void Begin(string address, string? validator)
    {
        File.Delete(_origin); // first: a part never has another's
        _stream.SetLength(0);
        if (validator is not null)
        {
            File.WriteAllText(_origin, $"{address}\n{validator}\n");
        }
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        _stream.Seek(0, SeekOrigin.End);
        _stream.Write(bytes);
    }

    /// <summary>Makes it the whole file.</summary>
    public void Finish(string target)
    {
        _stream.Flush(flushToDisk: true);
        File.Move(_path, target, overwrite: true);
        File.Delete(_origin);
    }

    /// <summary>Removes it.</summary>
    public void Remove()
    {
        File.Delete(_origin);
        File.Delete(_path);
    }

    public void Dispose()
    {
        _stream.Dispose();
        if (File.Exists(_path) && new FileInfo(_path).Length == 0)
        {
            Remove();
        }
    }
}
