using System.Collections.Immutable;

namespace DistributedFreeze.Coordination.Tensors;

/// <summary>One tensor of a file, without its data.</summary>
/// <param name="Name">Name within the file, or the project's name for it where the file's are translated.</param>
/// <param name="Type">Element type as safetensors spells it: <c>F32</c>, <c>F16</c>, <c>BF16</c>, <c>F64</c>, <c>I64</c> and so on.</param>
/// <param name="Shape">Sizes, outermost first; empty for a single number.</param>
/// <remarks>Immutable. Two are equal only with the same <paramref name="Shape"/> array.</remarks>
public sealed record TensorInfo(string Name, string Type, ImmutableArray<long> Shape)
{
    /// <summary>Number of elements.</summary>
    public long Elements => Shape.Aggregate(1L, (product, size) => checked(product * size));
}
