namespace DistributedFreeze.Runs;

/// <summary>Number type of the sums that travel between silos.</summary>
public enum ExchangeType
{
    /// <summary>32 bits: the result does not depend on where replicas ran.</summary>
    Fp32 = 0,

    /// <summary>The upper 16 bits of fp32, rounded: half the traffic, and a result that depends on how replicas were spread over silos.</summary>
    Bf16 = 1,
}
