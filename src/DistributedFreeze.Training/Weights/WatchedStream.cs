using System.Runtime.CompilerServices;

namespace DistributedFreeze.Training.Weights;

/// <summary>A file for a parser that trusts it: ends endless recursion and endless loops with an exception.</summary>
/// <remarks>
/// A damaged file can lead the HDF5 library round in circles, and a stack that overflows ends the process. Where it
/// reads on the way, each read checks the stack and a budget here. Not thread-safe.
/// </remarks>
internal sealed class WatchedStream(FileStream file) : Stream
{
    private const long ReadsAtLeast = 1_000_000;
    private long _reads = Math.Max(ReadsAtLeast, file.Length);

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => file.Length;

    public override long Position
    {
        get => file.Position;
        set => file.Position = value;
    }

    /// <exception cref="InvalidDataException">More was read than any sound file needs.</exception>
    /// <exception cref="InsufficientExecutionStackException">The reader has called itself too deeply.</exception>
    public override int Read(Span<byte> buffer)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        if (--_reads < 0)
        {
            throw new InvalidDataException("its parts refer to one another without end");
        }

        return file.Read(buffer);
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin) => file.Seek(offset, origin);

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            file.Dispose();
        }

        base.Dispose(disposing);
    }
}
