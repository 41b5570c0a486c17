using System.Runtime.InteropServices;

namespace DistributedFreeze.Cli.CommandLine;

/// <summary>Standard output or standard error, written to without a buffer.</summary>
/// <remarks>The console's own stream swallows that nobody reads any more, so that a command would go on for ever behind <c>| head</c>.</remarks>
internal sealed partial class StandardStream : Stream
{
    private const int Interrupted = 4, WouldBlock = 11, BrokenPipe = 32;
    private const short MayWrite = 4;

    private readonly int _descriptor;
    private readonly bool _mustBeHeard;

    private StandardStream(int descriptor, bool mustBeHeard) => (_descriptor, _mustBeHeard) = (descriptor, mustBeHeard);

    /// <summary>The output; what cannot be written there is an error.</summary>
    public static StandardStream Output => new(1, mustBeHeard: true);

    /// <summary>The errors; what cannot be written there is lost, for nobody could be told.</summary>
    public static StandardStream Error => new(2, mustBeHeard: false);

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="OutputLostException">The output cannot be written.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var written = write(_descriptor, ref MemoryMarshal.GetReference(buffer), buffer.Length);
            if (written >= 0)
            {
                buffer = buffer[(int)written..];
                continue;
            }

            switch (Marshal.GetLastPInvokeError())
            {
                case Interrupted:
                    break;
                case WouldBlock:
                    var wait = new Poll { Descriptor = _descriptor, Events = MayWrite };
                    _ = poll(ref wait, 1, -1);
                    break;
                case var error when _mustBeHeard:
                    throw new OutputLostException(error == BrokenPipe, Marshal.GetPInvokeErrorMessage(error));
                default:
                    return;
            }
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint write(int descriptor, ref byte buffer, nint count);

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int poll(ref Poll descriptors, nuint count, int milliseconds);

    private struct Poll
    {
        public int Descriptor;
        public short Events;
        public short Happened;
    }
}
