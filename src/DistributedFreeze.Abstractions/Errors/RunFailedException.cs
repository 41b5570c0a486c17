namespace DistributedFreeze.Errors;

/// <summary>A run that started and could not finish. The command line ends with exit code 1.</summary>
[GenerateSerializer, Alias("df.run-failed")]
public sealed class RunFailedException : Exception
{
    /// <param name="message">The reason, for the person who has to fix it.</param>
    public RunFailedException(string message)
        : base(PlainText.Lines(message))
    {
    }

    /// <param name="message">The reason, for the person who has to fix it.</param>
    /// <param name="innerException">What was caught.</param>
    public RunFailedException(string message, Exception innerException)
        : base(PlainText.Lines(message), innerException)
    {
    }

    /// <summary>Frozen layers that were found changed, where that is the reason.</summary>
    [Id(0)] public int ChangedLayers { get; init; }

    /// <summary>True where a loss became no number: training diverged, or a replica's memory is damaged.</summary>
    [Id(1)] public bool IsDivergence { get; init; }
}
