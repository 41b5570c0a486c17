namespace DistributedFreeze.TestKit;

/// <summary>Gives a test process, and the commands that it starts, a feature cache of their own: a user's is neither read nor written.</summary>
public static class OwnFeatureCache
{
    /// <summary>Names a new folder in <c>DFREEZE_CACHE</c>; it goes with the process.</summary>
    public static void Set()
    {
        var folder = Directory.CreateTempSubdirectory("dfreeze-test-cache-").FullName;
        Environment.SetEnvironmentVariable("DFREEZE_CACHE", folder);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
    }
}
