namespace DistributedFreeze.Errors;

/// <summary>A replica that does not answer any more, or whose device failed: the run goes on without it.</summary>
[GenerateSerializer, Alias("df.replica-lost")]
public sealed class ReplicaLostException : Exception
{
    /// <param name="message">Which one, and why.</param>
    /// <param name="innerException">What was caught.</param>
    public ReplicaLostException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>True where its silo cannot be reached, false where its device failed.</summary>
    [Id(0)]
    public bool IsUnreachable { get; init; }

    /// <summary>True where the replica did not fail: its device belongs to another run for now.</summary>
    [Id(1)]
    public bool IsBusy { get; init; }
}
