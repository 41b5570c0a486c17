namespace DistributedFreeze.Exchange;

/// <summary>Layout of the vector that a step exchanges: gradients, batch-norm statistics, then loss and correct answers.</summary>
public static class ExchangeVector
{
    /// <summary>Elements at the end that stay sums: the loss, and the number of images classified correctly.</summary>
    public const int SumElements = 2;

    /// <summary>Where the sum of the losses is, counted from the end.</summary>
    public static Index Loss => ^2;

    /// <summary>Where the number of correct answers is, counted from the end; exact up to 2^24 images in a step.</summary>
    public static Index Correct => ^1;
}
