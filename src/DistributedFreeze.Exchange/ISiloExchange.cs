namespace DistributedFreeze.Exchange;

/// <summary>What the replicas of one silo share in an exchange.</summary>
internal interface ISiloExchange : IDisposable
{
    /// <summary>Takes a seat.</summary>
    /// <param name="member">0 up to but not including the number of this silo's members; one seat each.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such member.</exception>
    IStepExchange Seat(int member);

    /// <summary>Breaks the exchange for every member, here and elsewhere. Thread-safe.</summary>
    void Break();
}
