using System.Runtime.InteropServices;
using System.Text;

namespace DistributedFreeze.Training.Native;

/// <summary>What libtorch says of its own build. TorchSharp has no call for it.</summary>
internal static class TorchConfig
{
    /// <summary><c>std::string at::show_config()</c>, of libstdc++'s strings since GCC 5.</summary>
    private const string Show = "_ZN2at11show_configB5cxx11Ev";

    /// <summary>Some lines for people, as Python's <c>torch.__config__.show()</c> has them.</summary>
    /// <returns>Empty where this libtorch cannot be asked: on other systems than Linux x64, or where it has no such function.</returns>
    public static unsafe string Read()
    {
        if (LibTorch.Current.Library is not { } path
            || !NativeLibrary.TryLoad(path, out var library)
            || !NativeLibrary.TryGetExport(library, Show, out var address))
        {
            return "";
        }

        // The caller brings room for the string, of four words, of which the first two are its address and its length.
        // What the string owns itself, some kilobytes, is left to the process, which asks once.
        var text = stackalloc nint[4];
        ((delegate* unmanaged<nint*, nint*>)address)(text);
        return Encoding.UTF8.GetString((byte*)text[0], checked((int)text[1]));
    }
}
