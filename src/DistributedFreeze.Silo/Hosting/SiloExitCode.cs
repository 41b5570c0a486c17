namespace DistributedFreeze.Silo.Hosting;

/// <summary>What a silo's process ends with; docs/exit-codes.md lists them.</summary>
internal static class SiloExitCode
{
    /// <summary>It was asked to end.</summary>
    public const int Asked = 0;

    /// <summary>It could not start: its store, its ports or libtorch.</summary>
    public const int NotStarted = 1;

    /// <summary>A setting is wrong; nothing was started.</summary>
    public const int BadSetting = 2;

    /// <summary>The runtime met an error that it cannot go on from (EX_SOFTWARE).</summary>
    public const int Fatal = 70;

    /// <summary>The cluster goes on without this silo, which has to start again to be of use (EX_TEMPFAIL).</summary>
    public const int StartAgain = 75;
}
