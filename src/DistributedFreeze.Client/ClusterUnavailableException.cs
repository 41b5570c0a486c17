namespace DistributedFreeze.Client;

/// <summary>A cluster that cannot be reached, or did not answer. What was asked of it may have been done or not.</summary>
public sealed class ClusterUnavailableException : Exception
{
    /// <param name="message">Which cluster, and why.</param>
    /// <param name="innerException">What was caught.</param>
    public ClusterUnavailableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
