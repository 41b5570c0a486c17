namespace DistributedFreeze.Freezing.Validation;

/// <summary>The numbers that a field may have.</summary>
/// <param name="Min">The least.</param>
/// <param name="IncludesMin">Whether it is one of them.</param>
/// <param name="Max">The greatest; infinite where another field says it.</param>
/// <param name="IncludesMax">Whether it is one of them.</param>
public sealed record FieldRange(double Min, bool IncludesMin, double Max, bool IncludesMax);
