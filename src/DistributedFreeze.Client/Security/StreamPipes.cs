using System.IO.Pipelines;

namespace DistributedFreeze.Client.Security;

/// <summary>A stream as the two pipes of a connection. The stream stays open.</summary>
internal sealed class StreamPipes(Stream stream) : IDuplexPipe
{
    public PipeReader Input { get; } = PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true));

    public PipeWriter Output { get; } = PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true));

    public async Task CompleteAsync()
    {
        await Input.CompleteAsync();
        try
        {
            await Output.CompleteAsync();
        }
        catch (Exception reason) when (reason is IOException or InvalidOperationException)
        {
            // The peer is gone, and with it whoever would have read the rest.
        }
    }
}
