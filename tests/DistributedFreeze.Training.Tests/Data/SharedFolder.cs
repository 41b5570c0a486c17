namespace DistributedFreeze.Training.Tests;

/// <summary>Real images and weights that are not part of the repository.</summary>
internal static class SharedFolder
{
    /// <summary>DFREEZE_SHARED, or the folder "shared" beside the repository; null where there is none.</summary>
    public static string? Path { get; } = Find();

    /// <summary>Full path of something in it; skips the test where it is missing.</summary>
    public static string Require(string relative)
    {
        Assert.SkipWhen(Path is null, "No shared folder beside the repository, and DFREEZE_SHARED names none.");
        var path = System.IO.Path.Combine(Path!, relative);
        Assert.SkipUnless(System.IO.Path.Exists(path), $"{path} is missing.");
        return path;
    }

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("DFREEZE_SHARED") is { Length: > 0 } named)
        {
            return Directory.Exists(named) ? named : null;
        }

        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(System.IO.Path.Combine(folder.FullName, "DistributedFreeze.sln")))
        {
            folder = folder.Parent;
        }

        var shared = folder is null ? null : System.IO.Path.GetFullPath(System.IO.Path.Combine(folder.FullName, "..", "shared"));
        return Directory.Exists(shared) ? shared : null;
    }
}
