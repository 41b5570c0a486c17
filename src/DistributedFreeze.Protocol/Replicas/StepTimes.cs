namespace DistributedFreeze.Replicas;

/// <summary>Seconds spent on each part of the steps of a window, by one replica.</summary>
/// <remarks>
/// On a processor each part is what it says. On a GPU work is queued, and nothing waits for it for the sake of these times: a part is then the
/// time in which its work was queued, and the wait for the queue falls to whichever part first needs a result. That is the copy of the
/// gradients for the exchange, so <see cref="TailBackward"/> holds most of what the tail computes, forward and backward; what
/// <see cref="Apply"/> queues is waited for in the next step. Their sum is right on either.
/// </remarks>
/// <param name="Read">Waiting for decoded images, reading kept features, and keeping those that were computed.</param>
/// <param name="Prefix">Evaluating the frozen prefix.</param>
/// <param name="Tail">Forward and backward through the tail and the head.</param>
/// <param name="Exchange">Adding gradients with the other replicas, waiting for them included.</param>
/// <param name="Apply">Changing the weights.</param>
[GenerateSerializer, Immutable, Alias("df.step-times")]
public readonly record struct StepTimes(
    [property: Id(0)] double Read,
    [property: Id(1)] double Prefix,
    [property: Id(2)] double Tail,
    [property: Id(3)] double Exchange,
    [property: Id(4)] double Apply)
{
    /// <summary>What of <see cref="Tail"/> went forward; 0 from a silo that does not say.</summary>
    [Id(5)] public double TailForward { get; init; }

    /// <summary>What of <see cref="Tail"/> went backward, adding up the gradients of the replica's own shards included.</summary>
    public double TailBackward => Tail - TailForward;

    /// <summary>Adds part by part.</summary>
    public static StepTimes operator +(StepTimes left, StepTimes right) => new(
        left.Read + right.Read,
        left.Prefix + right.Prefix,
        left.Tail + right.Tail,
        left.Exchange + right.Exchange,
        left.Apply + right.Apply)
    {
        TailForward = left.TailForward + right.TailForward,
    };

    /// <summary>Adds part by part.</summary>
    public static StepTimes Add(StepTimes left, StepTimes right) => left + right;
}
