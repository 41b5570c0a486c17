namespace DistributedFreeze.Silo.Hosting;

/// <summary>What Orleans cannot go on from: one line, and an exit code that has the silo started again, instead of an abort with a core dump.</summary>
internal sealed class FatalErrors(LogHush hush, IEnumerable<ILoggerProvider> logs) : IFatalErrorHandler
{
    /// <inheritdoc/>
    public bool IsUnexpected(Exception exception) => exception is not ThreadAbortException;

    /// <inheritdoc/>
    public void OnFatalException(object? sender, string? context, Exception? exception)
    {
        hush.Begin();
        var (line, exitCode) = Of(context, exception);
        Console.Error.WriteLine($"error: {line.ReplaceLineEndings(" ")}");
        ProcessEnd.Now(exitCode, logs);
    }

    /// <summary>What to say, and what to end with.</summary>
    /// <param name="context">What Orleans was doing, in its own words.</param>
    /// <param name="exception">What happened there; null where it is a verdict of the cluster.</param>
    internal static (string Line, int ExitCode) Of(string? context, Exception? exception) => context switch
    {
        not null when context.Contains("newer version of myself", StringComparison.Ordinal) =>
            ("another silo has joined the cluster at this one's address, so this one ends", SiloExitCode.StartAgain),
        not null when context.Contains("told I am dead", StringComparison.Ordinal) =>
            ("the cluster has declared this silo dead, since it did not answer in time: its process or host stood still, or the network was cut. Its runs "
                + "go on elsewhere; it ends to be started again", SiloExitCode.StartAgain),
        _ => ($"the silo cannot go on: {(exception is null ? context : StartFailure.Words(exception))}", SiloExitCode.Fatal),
    };
}
