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

    /// <summary>The value that native libraries see.</summary>
    /// <param name="name">Name of the variable.</param>
    /// <returns>Null where it is not set.</returns>
    public static string? Find(string name) => Marshal.PtrToStringUTF8(GetVariable(name));

    [LibraryImport("libc", EntryPoint = "getenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint GetVariable(string name);

    [LibraryImport("libc", EntryPoint = "setenv", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
