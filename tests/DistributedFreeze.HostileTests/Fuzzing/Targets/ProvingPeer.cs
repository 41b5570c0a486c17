using System.Security.Cryptography;

namespace DistributedFreeze.Hostile.Fuzzing.Targets;

/// <summary>The other end of a connection: says what it was given and, once it has been greeted, proves first that it knows the key.</summary>
internal sealed class ProvingPeer(byte[] says, byte[] key) : Stream
{
    private int _said;
    private byte[] _proof = [];

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        var proving = Math.Min(buffer.Length, _proof.Length);
        _proof.AsSpan(0, proving).CopyTo(buffer);
        _proof = _proof[proving..];
        var saying = Math.Min(buffer.Length - proving, says.Length - _said);
        says.AsSpan(_said, saying).CopyTo(buffer[proving..]);
        _said += saying;
        return proving + saying;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        var greeting = buffer[..^HMACSHA256.HashSizeInBytes]; // behind it stands the other's own proof
        using var proof = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        proof.AppendData("DistributedFreeze exchange connector"u8);
        proof.AppendData(says.AsSpan(0, _said));
        proof.AppendData(greeting);
        _proof = proof.GetHashAndReset();
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
