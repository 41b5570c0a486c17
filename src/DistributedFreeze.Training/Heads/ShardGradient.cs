using DistributedFreeze.Exchange;

namespace DistributedFreeze.Training.Heads;

/// <summary>What one shard brings to a step of a head: its gradient is computed where it is added.</summary>
/// <remarks>Belongs to one device thread.</remarks>
/// <param name="head">The shard's images, forward and backward.</param>
internal sealed class ShardGradient(DenseHead head) : IDeferredContribution
{
    private float _loss;
    private int _correct;

    /// <summary>The head, with room for the shard's images.</summary>
    public DenseHead Head => head;

    /// <summary>Takes what the last backward pass came to.</summary>
    /// <param name="loss">Sum of the losses.</param>
    /// <param name="correct">Correct answers.</param>
    public void Take(float loss, int correct) => (_loss, _correct) = (loss, correct);

    /// <inheritdoc/>
    public void CopyTo(int start, Span<float> destination)
    {
        var gradient = Math.Clamp(head.ParameterCount - start, 0, destination.Length);
        head.CopyGradient(start, destination[..gradient]);
        for (var at = gradient; at < destination.Length; at++)
        {
            destination[at] = start + at == head.ParameterCount ? _loss : _correct;
        }
    }
}
