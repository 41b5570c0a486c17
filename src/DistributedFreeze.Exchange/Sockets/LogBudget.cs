namespace DistributedFreeze.Exchange.Sockets;

/// <summary>How often something that strangers cause is logged: a port that everybody reaches fills no disk. Thread-safe.</summary>
/// <param name="most">How often in a window.</param>
/// <param name="window">The window's length.</param>
internal sealed class LogBudget(int most, TimeSpan window)
{
    private readonly Lock _lock = new();
    private long _until;
    private int _spent;

    /// <summary>Takes one line of the budget.</summary>
    /// <param name="now">Milliseconds by any clock that only goes forward.</param>
    /// <param name="missed">How many lines were left out before this one.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryTake(long now, out int missed)
    {
        lock (_lock)
        {
            missed = 0;
            if (now >= _until)
            {
                missed = Math.Max(0, _spent - most);
                (_until, _spent) = (now + (long)window.TotalMilliseconds, 0);
            }

            return ++_spent <= most;
        }
    }
}
