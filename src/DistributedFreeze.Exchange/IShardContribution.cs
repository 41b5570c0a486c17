namespace DistributedFreeze.Exchange;

/// <summary>What one shard brings to a step, wherever it lies.</summary>
public interface IShardContribution
{
    /// <summary>Writes the vector.</summary>
    /// <param name="destination">As long as the exchange's vector.</param>
    void CopyTo(Span<float> destination);

    /// <summary>Adds the vector onto another, element by element.</summary>
    /// <param name="sum">As long as the exchange's vector.</param>
    void AddTo(Span<float> sum);
}
