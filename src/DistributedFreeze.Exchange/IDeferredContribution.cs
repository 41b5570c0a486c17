using System.Numerics.Tensors;

namespace DistributedFreeze.Exchange;

/// <summary>A contribution that is computed where it is added: stretch by stretch, so that the shards of a replica are added in one pass over the memory.</summary>
public interface IDeferredContribution : IShardContribution
{
    /// <summary>Writes a stretch of the vector; may be asked until the sums that it was pushed to are reset.</summary>
    /// <param name="start">The stretch's first element, from 0.</param>
    /// <param name="destination">Takes the stretch; ends within the vector.</param>
    void CopyTo(int start, Span<float> destination);

    /// <inheritdoc/>
    void IShardContribution.CopyTo(Span<float> destination) => CopyTo(0, destination);

    /// <inheritdoc/>
    void IShardContribution.AddTo(Span<float> sum)
    {
        Span<float> own = stackalloc float[PartialSums.Stretch];
        for (var start = 0; start < sum.Length; start += PartialSums.Stretch)
        {
            var part = sum[start..Math.Min(start + PartialSums.Stretch, sum.Length)];
            CopyTo(start, own[..part.Length]);
            TensorPrimitives.Add(part, own[..part.Length], part);
        }
    }
}
