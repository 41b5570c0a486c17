using System.Numerics.Tensors;

namespace DistributedFreeze.Exchange;

/// <summary>A contribution that lies in one piece.</summary>
/// <param name="values">The vector; it may change between shards.</param>
public sealed class VectorContribution(float[] values) : IShardContribution
{
    /// <summary>The vector.</summary>
    public Span<float> Values => values;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException"><paramref name="destination"/> has another length.</exception>
    public void CopyTo(Span<float> destination)
    {
        Check(destination.Length);
        values.CopyTo(destination);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException"><paramref name="sum"/> has another length.</exception>
    public void AddTo(Span<float> sum)
    {
        Check(sum.Length);
        TensorPrimitives.Add(sum, values, sum);
    }

    private void Check(int length)
    {
        if (values.Length != length)
        {
            throw new ArgumentException($"The shard brings {values.Length} elements; the exchange has {length}.");
        }
    }
}
