namespace DistributedFreeze.Training.Weights.Torch;

/// <summary>A class or function that a pickle names. It is a name only: nothing is looked up, let alone called.</summary>
/// <param name="Module">Such as <c>torch._utils</c>.</param>
/// <param name="Name">Such as <c>_rebuild_tensor_v2</c>.</param>
internal sealed record PickleGlobal(string Module, string Name)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Module}.{Name}";
}
