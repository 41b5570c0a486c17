namespace DistributedFreeze.Exchange.Sockets;

/// <summary>Waits for links that have threads of their own, which say when something has happened.</summary>
internal sealed class SignalWait : ILinkWait
{
    private readonly AutoResetEvent _signal = new(false);

    public void Wait(ReadOnlySpan<ILink?> links, ReadOnlySpan<bool> receives, ReadOnlySpan<bool> sends, TimeSpan? timeout)
    {
        if (timeout is { } time)
        {
            _signal.WaitOne(time);
        }
        else
        {
            _signal.WaitOne();
        }
    }

    public void Wake() => _signal.Set();

    /// <summary>Nothing to do: a link's thread may signal late, and the event's handle goes with the last reference.</summary>
    public void Dispose()
    {
    }
}
