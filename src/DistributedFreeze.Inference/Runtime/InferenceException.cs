namespace DistributedFreeze.Inference.Runtime;

/// <summary>
/// A network cannot be evaluated: a library or a provider is missing or broken, or refuses. The message says which, and the remedy.
/// </summary>
public sealed class InferenceException : Exception
{
    /// <param name="message">The reason, for the person who has to fix it.</param>
    public InferenceException(string message)
        : base(message)
    {
    }

    /// <param name="message">The reason, for the person who has to fix it.</param>
    /// <param name="innerException">What was caught.</param>
    public InferenceException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
