namespace DistributedFreeze.Cli.CommandLine;

/// <summary>What the process ends with; docs/exit-codes.md lists them.</summary>
internal static class ExitCode
{
    public const int Ok = 0;

    /// <summary>The run started and failed, or something unexpected happened.</summary>
    public const int Failed = 1;

    /// <summary>An option, a file or the data is wrong; nothing was started.</summary>
    public const int BadInput = 2;

    /// <summary>The run that was followed was cancelled, or interrupted by another than this command.</summary>
    public const int Cancelled = 3;

    /// <summary>Nobody reads the output any more, as shells report SIGPIPE: 128 + 13.</summary>
    public const int Unread = 141;

    /// <summary>Ctrl-C or a request to terminate, as shells report SIGINT: 128 + 2.</summary>
    public const int Interrupted = 130;
}
