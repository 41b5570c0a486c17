namespace DistributedFreeze.Errors;

/// <summary>A replica that holds another freeze mask than its run: law 2 refuses it before a step runs.</summary>
[GenerateSerializer, Alias("df.mask-mismatch")]
public sealed class MaskMismatchException : Exception
{
    /// <param name="message">Whose mask, which one it holds and which one the run has.</param>
    public MaskMismatchException(string message)
        : base(message)
    {
    }
}
