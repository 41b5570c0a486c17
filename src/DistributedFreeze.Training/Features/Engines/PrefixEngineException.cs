namespace DistributedFreeze.Training.Features.Engines;

/// <summary>
/// A prefix engine cannot be used: its library or provider is missing or broken, or refuses. The message says which, and the remedy.
/// </summary>
public sealed class PrefixEngineException : Exception
{
    /// <param name="message">The reason, for the person who has to fix it.</param>
    public PrefixEngineException(string message)
        : base(message)
    {
    }

    /// <param name="message">The reason, for the person who has to fix it.</param>
    /// <param name="innerException">What was caught.</param>
    public PrefixEngineException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
