using System.Runtime.CompilerServices;

namespace DistributedFreeze.TestKit;

/// <summary>Files of the repository that these tests were built from.</summary>
public static class RepositoryRoot
{
    private static readonly string Path = System.IO.Path.GetFullPath("../..", System.IO.Path.GetDirectoryName(ThisFile())!);

    public static string In(params ReadOnlySpan<string> parts) => System.IO.Path.Combine([Path, .. parts]);

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
