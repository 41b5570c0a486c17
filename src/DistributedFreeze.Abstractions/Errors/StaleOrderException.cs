namespace DistributedFreeze.Errors;

/// <summary>An order of a group that a replica has left for a newer one: its coordinator has been replaced.</summary>
[GenerateSerializer, Alias("df.stale-order")]
public sealed class StaleOrderException : Exception
{
    /// <param name="message">Which group ordered, and which one the replica is in.</param>
    public StaleOrderException(string message)
        : base(message)
    {
    }
}
