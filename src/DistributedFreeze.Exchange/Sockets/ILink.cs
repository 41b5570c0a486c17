namespace DistributedFreeze.Exchange.Sockets;

/// <summary>A connection to another host that never waits. One thread at a time uses it; <see cref="IDisposable.Dispose"/> may come from any.</summary>
internal interface ILink : IDisposable
{
    /// <summary>Takes what there is room for.</summary>
    /// <param name="bytes">What to send.</param>
    /// <param name="moreFollow">True where more is sent at once: a short packet may wait for it, and leave as part of a long one.</param>
    /// <returns>Bytes taken; 0 where there is no room.</returns>
    /// <exception cref="IOException">The connection is lost.</exception>
    int Send(ReadOnlySpan<byte> bytes, bool moreFollow);

    /// <summary>Gives what has arrived.</summary>
    /// <returns>Bytes given; 0 where nothing has arrived.</returns>
    /// <exception cref="IOException">The connection is lost, or the other host has closed it.</exception>
    int Receive(Span<byte> bytes);

    /// <summary>True where the connection is known to be lost, although what came before may still be received.</summary>
    bool IsLost { get; }

    /// <summary>Closes so that the other host notices even where it does not read.</summary>
    void Abort();

    /// <summary>Says that nothing more will be sent; what was taken still travels.</summary>
    void EndSending();
}
