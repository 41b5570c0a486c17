namespace DistributedFreeze.TestKit;

/// <summary>Gives a test process, and the commands that it starts, a feature cache and pulled weights of their own: a user's are neither read nor written, and no network is asked.</summary>
public static class OwnFeatureCache
{
    /// <summary>Names new folders in <c>DFREEZE_CACHE</c>, <c>DFREEZE_WEIGHTS</c> and <c>DFREEZE_MIRROR</c>; they go with the process.</summary>
    public static void Set()
    {
        var folder = Directory.CreateTempSubdirectory("dfreeze-test-cache-").FullName;
        Environment.SetEnvironmentVariable("DFREEZE_CACHE", folder);
        Environment.SetEnvironmentVariable("DFREEZE_WEIGHTS", Path.Combine(folder, "weights"));
        Environment.SetEnvironmentVariable("DFREEZE_MIRROR", Path.Combine(folder, "mirror"));
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
    }
}
