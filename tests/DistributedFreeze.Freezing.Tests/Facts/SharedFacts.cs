namespace DistributedFreeze.Freezing.Tests.Facts;

/// <summary>Finds files that are kept beside the repository, and skips the test where they are missing.</summary>
internal static class SharedFacts
{
    public static string[] LinesOf(string file)
    {
        var folder = Environment.GetEnvironmentVariable("DFREEZE_SHARED") ?? BesideRepository();
        var path = folder is null ? null : Path.Combine(folder, file);
        Assert.SkipUnless(File.Exists(path), $"{file} is not in DFREEZE_SHARED or in 'shared' beside the repository.");
        return File.ReadAllLines(path!);
    }

    private static string? BesideRepository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "DistributedFreeze.sln")))
            {
                return Path.Combine(folder.FullName, "..", "shared");
            }
        }

        return null;
    }
}
