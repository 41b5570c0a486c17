namespace DistributedFreeze.Exchange.Sockets;

/// <summary>Waits for any of several links.</summary>
internal interface ILinkWait : IDisposable
{
    /// <summary>Waits until one of the links can go on, or somebody wakes the waiting thread. May return for no reason.</summary>
    /// <param name="links">The links; null where there is none to wait for.</param>
    /// <param name="receives">Which of them are waited for until something arrives.</param>
    /// <param name="sends">Which of them are waited for until there is room.</param>
    /// <param name="timeout">How long at most; null for ever.</param>
    void Wait(ReadOnlySpan<ILink?> links, ReadOnlySpan<bool> receives, ReadOnlySpan<bool> sends, TimeSpan? timeout);

    /// <summary>Ends the wait, or the next one where none is under way. Thread-safe.</summary>
    void Wake();
}
