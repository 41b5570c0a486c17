namespace DistributedFreeze.Errors;

/// <summary>A caller has as many runs as they may have: this one can be started once another has ended.</summary>
[GenerateSerializer, Alias("df.quota-exceeded")]
public sealed class QuotaExceededException : Exception
{
    /// <param name="message">Which quota, of whom, and what there is.</param>
    public QuotaExceededException(string message)
        : base(PlainText.Lines(message))
    {
    }
}
