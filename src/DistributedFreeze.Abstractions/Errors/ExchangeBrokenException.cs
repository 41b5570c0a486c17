namespace DistributedFreeze.Errors;

/// <summary>A step that could not be exchanged, because a replica left or the window was cancelled. Some other replica knows why.</summary>
[GenerateSerializer, Alias("df.exchange-broken")]
public sealed class ExchangeBrokenException : Exception
{
    /// <param name="message">Who left, or why.</param>
    /// <param name="innerException">What was caught.</param>
    public ExchangeBrokenException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
