using DistributedFreeze.Coordination.Tensors;

namespace DistributedFreeze.Training.Weights.Torch;

/// <summary>A row of numbers that tensors are views of, as a checkpoint names it.</summary>
/// <param name="Key">Its name in the checkpoint.</param>
/// <param name="Type">The numbers' type, as <see cref="ElementType"/> spells it.</param>
/// <param name="Elements">How many there are; not negative.</param>
internal sealed record TorchStorage(string Key, string Type, long Elements)
{
    /// <summary>Bytes of all its numbers.</summary>
    public long Bytes => checked(Elements * ElementType.SizeOf(Type));
}
