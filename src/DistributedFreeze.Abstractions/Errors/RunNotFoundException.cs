namespace DistributedFreeze.Errors;

/// <summary>A run that the cluster does not know. The command line ends with exit code 2.</summary>
[GenerateSerializer, Alias("df.run-not-found")]
public sealed class RunNotFoundException : Exception
{
    /// <param name="runId">The id that was asked for.</param>
    public RunNotFoundException(string runId)
        : base($"There is no run {runId}.") => RunId = runId;

    /// <summary>The id that was asked for.</summary>
    [Id(0)]
    public string RunId { get; private set; }
}
