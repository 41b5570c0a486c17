namespace DistributedFreeze.Chaos.Stage;

/// <summary>Programs of this machine.</summary>
internal static class Programs
{
    /// <summary>Whether the PATH leads to one.</summary>
    public static bool IsThere(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));
}
