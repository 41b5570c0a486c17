namespace DistributedFreeze.Data.Features;

/// <summary>Buffers for packed records, used again and again. Thread-safe.</summary>
/// <param name="bytes">Bytes of a record.</param>
internal sealed class RecordBuffers(int bytes)
{
    private readonly Stack<byte[]> _free = [];

    public byte[] Rent()
    {
        lock (_free)
        {
            return _free.TryPop(out var buffer) ? buffer : new byte[bytes];
        }
    }

    public void GiveBack(byte[] buffer)
    {
        lock (_free)
        {
            _free.Push(buffer);
        }
    }
}
