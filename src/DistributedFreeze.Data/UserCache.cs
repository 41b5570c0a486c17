namespace DistributedFreeze.Data;

/// <summary>Folders of this program in the user's cache. Thread-safe.</summary>
public static class UserCache
{
    /// <summary>The folder that a variable names, else one of this program's in the user's cache (<c>XDG_CACHE_HOME</c>, <c>~/.cache</c>).</summary>
    /// <param name="variable">Environment variable that names the folder itself.</param>
    /// <param name="name">The folder's name beside the others, such as <c>features</c>.</param>
    public static string Folder(string variable, string name) => Folder(variable, name, Environment.GetEnvironmentVariable);

    // Where no shell has set the variable, as in a unit file, nobody has replaced the ~ either.
    internal static string Folder(string variable, string name, Func<string, string?> valueOf) => valueOf(variable) is { Length: > 0 } named
        ? named.StartsWith("~/", StringComparison.Ordinal) && valueOf("HOME") is { Length: > 0 } home ? Path.Join(home, named[1..]) : named
        : Path.Combine(
            valueOf("XDG_CACHE_HOME") is { } cache && Path.IsPathFullyQualified(cache)
                ? cache // a relative one is to be ignored, by the standard
                : Path.Combine(valueOf("HOME") ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
            "dfreeze",
            name);
}
