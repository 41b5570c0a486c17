using System.Runtime.InteropServices;

namespace DistributedFreeze.Inference.Runtime;

/// <summary>The environment that native libraries read. .NET keeps variables that it sets to itself, so the C library is told.</summary>
public static partial class NativeEnvironment
{
    /// <summary>Sets a variable that is not set yet; a value that is there already stays.</summary>
    /// <param name="name">Name of the variable.</param>
    /// <param name="value">Its value.</param>
    /// <returns>0, or the C library's error.</returns>
    public static int SetDefault(string name, string value) => SetVariable(name, value, 0) == 0 ? 0 : Marshal.GetLastPInvokeError();

    [LibraryImport("libc", EntryPoint = "setenv", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
