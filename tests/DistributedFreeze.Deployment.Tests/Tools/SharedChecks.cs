namespace DistributedFreeze.Deployment.Tools;

/// <summary>Checks that are too big for the repository, in the folder <c>checks</c> of the shared folder.</summary>
internal static class SharedChecks
{
    /// <summary>Full path of a file there; a test that needs what is missing is skipped.</summary>
    public static string Require(string file)
    {
        var shared = Environment.GetEnvironmentVariable("DFREEZE_SHARED") is { Length: > 0 } named ? named : RepositoryRoot.In("../shared");
        var path = Path.GetFullPath(Path.Combine(shared, "checks", file));
        if (!File.Exists(path))
        {
            Assert.Skip($"It needs checks/{file} in the shared folder; DFREEZE_SHARED may name that folder.");
        }

        return path;
    }
}
