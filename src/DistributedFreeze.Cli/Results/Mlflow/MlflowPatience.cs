namespace DistributedFreeze.Cli.Results.Mlflow;

/// <summary>How long a tracking server is waited for.</summary>
internal sealed record MlflowPatience
{
    /// <summary>For an answer.</summary>
    public TimeSpan Call { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Before a call that failed is made again; twice as long each time.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest pause.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>After the run has ended, in all.</summary>
    public TimeSpan AtEnd { get; init; } = TimeSpan.FromSeconds(15);
}
