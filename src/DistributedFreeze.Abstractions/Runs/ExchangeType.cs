namespace DistributedFreeze.Runs;

/// <summary>Number type of the sums that travel between silos.</summary>
public enum ExchangeType
{
    /// <summary>32 bits: the result does not depend on where replicas ran.</summary>
    Fp32 = 0,

    /// <summary>
    /// The upper 16 bits of fp32, rounded: half the traffic. Every silo's sums are rounded, its own included, and the total; all replicas get
    /// the same bits, which depend on how they are spread over silos. Losses and counts are never rounded; within one silo nothing is.
    /// </summary>
    Bf16 = 1,
}
