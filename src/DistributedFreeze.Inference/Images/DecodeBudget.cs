namespace DistributedFreeze.Inference.Images;

/// <summary>Memory for images that are being decoded: however many threads there are, large ones take turns. Thread-safe.</summary>
/// <param name="bytes">Bytes for all of them; an image that wants more is decoded while no other is.</param>
internal sealed class DecodeBudget(long bytes)
{
    private readonly object _turn = new();
    private long _taken;

    /// <summary>Waits for room.</summary>
    /// <param name="wanted">Bytes, at least 1; to be given back by <see cref="Leave"/>.</param>
    public void Enter(long wanted)
    {
        lock (_turn)
        {
            while (_taken > 0 && _taken + wanted > bytes)
            {
                Monitor.Wait(_turn);
            }

            _taken += wanted;
        }
    }

    /// <summary>Gives room back.</summary>
    /// <param name="wanted">As at <see cref="Enter"/>.</param>
    public void Leave(long wanted)
    {
        lock (_turn)
        {
            _taken -= wanted;
            Monitor.PulseAll(_turn);
        }
    }
}
