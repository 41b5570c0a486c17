namespace DistributedFreeze.Fields;

/// <summary>The numbers that a field may have, or each entry of one with several.</summary>
/// <param name="Min">The least.</param>
/// <param name="Max">The greatest.</param>
/// <param name="IncludesMin">Whether the least is one of them.</param>
/// <param name="IncludesMax">Whether the greatest is one of them.</param>
public sealed record NumberRange(double Min, double Max, bool IncludesMin = true, bool IncludesMax = true);
