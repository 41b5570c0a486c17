namespace DistributedFreeze.Advice;

/// <summary>How far advice is.</summary>
/// <param name="Stage">What is done now.</param>
/// <param name="Done">How much of it is done.</param>
/// <param name="All">How much there is, in the same unit: images, regressions, or seconds as they were predicted; 0 while it waits.</param>
/// <param name="What">What was done last, or what it waits for where that is not only its turn; null for nothing in particular.</param>
[GenerateSerializer, Immutable, Alias("df.advice-progress")]
public readonly record struct AdviceProgress([property: Id(0)] AdviceStage Stage, [property: Id(1)] double Done, [property: Id(2)] double All, [property: Id(3)] string? What = null)
{
    /// <summary>Its place among those that wait for devices of the cluster, from 1; 0 where it does not wait, or its place is not known yet.</summary>
    [Id(4)] public int QueuePosition { get; init; }
}
