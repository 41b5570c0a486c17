namespace DistributedFreeze.Advice;

/// <summary>A paired difference and its 95 % interval.</summary>
/// <param name="Value">The difference.</param>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
/// <param name="IsDistinguishable">Whether it is more than chance would give: the interval excludes 0.</param>
[GenerateSerializer, Immutable, Alias("df.gain-interval")]
public sealed record GainInterval([property: Id(0)] double Value, [property: Id(1)] double Low, [property: Id(2)] double High, [property: Id(3)] bool IsDistinguishable);
