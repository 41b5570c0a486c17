using System.Runtime.CompilerServices;

namespace DistributedFreeze;

/// <summary>Gives a test process, and the commands that it starts, a feature cache of their own: a user's is neither read nor written.</summary>
internal static class OwnFeatureCache
{
    [ModuleInitializer]
    internal static void Set()
    {
        var folder = Directory.CreateTempSubdirectory("dfreeze-test-cache-").FullName;
        Environment.SetEnvironmentVariable("DFREEZE_CACHE", folder);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
    }
}
