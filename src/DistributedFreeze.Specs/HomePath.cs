namespace DistributedFreeze.Specs;

/// <summary>A leading <c>~/</c> as shells take it: nobody replaces it in a file, and a folder of that name would be a surprise.</summary>
public static class HomePath
{
    /// <param name="path">A path of this machine.</param>
    /// <returns>The path below the user's home where it is <c>~</c> or begins with <c>~/</c>; any other as it is.</returns>
    public static string Expand(string path) => path == "~" || path.StartsWith("~/", StringComparison.Ordinal)
        ? Path.Join(Home, path[1..])
        : path;

    private static string Home => Environment.GetEnvironmentVariable("HOME") is { Length: > 0 } home
        ? home
        : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
}
