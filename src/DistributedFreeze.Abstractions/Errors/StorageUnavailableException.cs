namespace DistributedFreeze.Errors;

/// <summary>A file that cannot be written now: the disk is full, or its folder is gone or read-only. Nothing is lost, and it may be tried again.</summary>
[GenerateSerializer, Alias("df.storage-unavailable")]
public sealed class StorageUnavailableException : Exception
{
    /// <param name="path">The file.</param>
    /// <param name="bytes">How long it would be, in bytes; 0 where that is not known.</param>
    /// <param name="message">Why it cannot be written.</param>
    /// <param name="innerException">What was caught.</param>
    public StorageUnavailableException(string path, long bytes, string message, Exception innerException)
        : base(message, innerException)
    {
        Path = path;
        Bytes = bytes;
    }

    /// <summary>The file.</summary>
    [Id(0)]
    public string Path { get; private set; }

    /// <summary>How long it would be, in bytes; 0 where that is not known.</summary>
    [Id(1)]
    public long Bytes { get; private set; }
}
