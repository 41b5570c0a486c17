using System.Collections.Immutable;

namespace DistributedFreeze.Training.Steps;

/// <summary>Where a tensor lives in a flat vector.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="Shape">Its sizes, outermost first.</param>
/// <param name="Offset">Its first element's place, from 0.</param>
/// <param name="Length">Number of elements.</param>
internal sealed record FlatSlot(string Name, ImmutableArray<long> Shape, int Offset, int Length);
