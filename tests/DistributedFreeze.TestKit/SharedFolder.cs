namespace DistributedFreeze.TestKit;

/// <summary>Files too big, or not free enough, to keep in the repository: real weights and images, in a folder <c>shared</c> beside it.</summary>
public static class SharedFolder
{
    /// <summary>The environment variable DFREEZE_SHARED, else <c>../shared</c> seen from the repository; null where there is none.</summary>
    public static string? Path { get; } = Find();

    /// <summary>Full path of a file or folder in it; a test that needs what is missing is skipped.</summary>
    public static string Require(string relative)
    {
        var path = Path is null ? null : System.IO.Path.Combine(Path, relative);
        if (!System.IO.Path.Exists(path))
        {
            Assert.Skip($"It needs {relative} in the shared folder; DFREEZE_SHARED may name that folder.");
        }

        return path;
    }

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("DFREEZE_SHARED") is { Length: > 0 } named)
        {
            return named;
        }

        var beside = System.IO.Path.GetFullPath(RepositoryRoot.In("..", "shared"));
        return Directory.Exists(beside) ? beside : null;
    }
}
