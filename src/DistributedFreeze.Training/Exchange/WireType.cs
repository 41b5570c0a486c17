namespace DistributedFreeze.Training.Exchange;

/// <summary>How the numbers of an exchange travel between hosts.</summary>
public enum WireType
{
    /// <summary>As they are: the total has the bits of one host's.</summary>
    Fp32,

    /// <summary>
    /// Rounded to bfloat16, half the bytes: every host's sums, its own included, and the total. All members get the same bits, but not
    /// those of <see cref="Fp32"/>. The plain sums at the end of the vector are never rounded. With one host nothing travels or is rounded.
    /// </summary>
    Bf16,
}
