using System.IO.Hashing;
using DistributedFreeze.Grains;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Silo.Http;

/// <summary>An artefact that is read through the run's grain, wherever its file is, part by part.</summary>
internal sealed class ArtefactStream(IRunGrain run, Artefact artefact) : Stream
{
    /// <summary>Longer parts hold up the messages behind them.</summary>
    private const int Part = 1 << 20;

    private ArtefactChunk? _chunk;
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => artefact.Bytes;

    public override long Position
    {
        get => _position;
        set => _position = value;
    }

    /// <exception cref="IOException">The file has changed since it was listed, or a part arrived damaged.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_position >= Length || buffer.IsEmpty)
        {
            return 0;
        }

        if (_chunk is null || _position < _chunk.Offset || _position >= _chunk.Offset + _chunk.Content.Length)
        {
            _chunk = await run.ReadArtefactAsync(artefact.Name, _position, (int)Math.Min(Part, Length - _position)).WaitAsync(cancellationToken);
            if (_chunk.Content.IsEmpty || Crc32.HashToUInt32(_chunk.Content.AsSpan()) != _chunk.Crc32)
            {
                throw new IOException($"{artefact.Name} has changed while it was read, or a part of it arrived damaged.");
            }
        }

        var rest = _chunk.Content.AsMemory()[(int)(_position - _chunk.Offset)..];
        var count = (int)Math.Min(Math.Min(rest.Length, buffer.Length), Length - _position);
        rest[..count].CopyTo(buffer);
        _position += count;
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("It is read asynchronously.");

    public override long Seek(long offset, SeekOrigin origin) => _position = offset + origin switch
    {
        SeekOrigin.Begin => 0,
        SeekOrigin.Current => _position,
        _ => Length,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
