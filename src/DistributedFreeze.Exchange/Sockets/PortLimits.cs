namespace DistributedFreeze.Exchange.Sockets;

/// <summary>What an exchange port allows connections that it does not know yet.</summary>
public sealed record PortLimits
{
    /// <summary>Connections that may be waiting or proving themselves at a time, at least 1; with more, whoever of the address that has most has waited longest leaves. Default: 64.</summary>
    public int Pending { get; init; } = 64;

    /// <summary>How long a peer may take to prove itself, above zero. Default: 10 s.</summary>
    public TimeSpan Handshake { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a peer may wait for its exchange to begin here, not negative. Default: 60 s.</summary>
    public TimeSpan Parking { get; init; } = TimeSpan.FromSeconds(60);
}
