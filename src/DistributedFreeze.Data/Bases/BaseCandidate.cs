using System.Collections.Immutable;

namespace DistributedFreeze.Data.Bases;

/// <summary>A tensor that can be the boundary of a base.</summary>
/// <param name="Tensor">Its name.</param>
/// <param name="Node">Name of the node that makes it; often empty.</param>
/// <param name="Operator">That node's operator.</param>
/// <param name="Shape">Its sizes for one image.</param>
/// <param name="Parameters">Stored numbers up to it.</param>
/// <param name="MultiplyAdds">Multiply-adds for one image up to it; null where some are not known.</param>
/// <param name="Uncounted">Operators of which they are not known.</param>
public sealed record BaseCandidate(string Tensor, string Node, string Operator, ImmutableArray<long> Shape, long Parameters, long? MultiplyAdds, ImmutableArray<string> Uncounted)
{
    /// <summary>Whether it is taken if nobody says.</summary>
    public bool IsDefault { get; init; }

    /// <summary>Length of the features that are made of it if nobody says how; null where none can be.</summary>
    public int? Features { get; init; }

    /// <summary>How they are made.</summary>
    public string? Pooling { get; init; }
}
