namespace DistributedFreeze.Training.Weights.Torch;

/// <summary>A tuple of a pickle.</summary>
/// <param name="Items">What it holds: numbers, text, null, lists, maps, tuples, names and tensors.</param>
internal sealed record PickleTuple(object?[] Items);
