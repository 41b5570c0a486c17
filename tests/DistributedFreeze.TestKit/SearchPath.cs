namespace DistributedFreeze.TestKit;

/// <summary>Programs that the environment variable PATH leads to.</summary>
public static class SearchPath
{
    /// <summary>Full path of a program; null where there is none.</summary>
    public static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}
