namespace DistributedFreeze.Freezing.Planning;

/// <summary>Stored numbers of base and head together.</summary>
/// <param name="Total">All of them, moving statistics included, as Keras counts.</param>
/// <param name="Trainable">Those that a gradient changes: the head, and the open layers without their moving statistics.</param>
public sealed record ParameterCounts(long Total, long Trainable)
{
    /// <summary>Those that no gradient changes; the moving statistics of an open batch norm are among them, as in Keras.</summary>
    public long Frozen => Total - Trainable;
}
