using System.Runtime.InteropServices;
using DistributedFreeze.Inference.Runtime;

namespace DistributedFreeze.Training.Native;

/// <summary>What libtorch writes to the error output of its own accord.</summary>
/// <remarks>
/// On processors that NNPACK does not know, libtorch warns at every convolution that it would have tried there: hundreds of lines through
/// the progress of a run. What is wrong comes as an exception anyway.
/// </remarks>
internal static class LibTorchLog
{
    /// <summary>libtorch's own variable: INFO, WARNING, ERROR or FATAL.</summary>
    internal const string Variable = "TORCH_CPP_LOG_LEVEL";

    /// <summary><c>c10::initLogging()</c>, which reads the variable; of libtorch's programs, Python alone calls it.</summary>
    private const string ReadVariable = "_ZN3c1011initLoggingEv";

    /// <summary>Lets errors alone through, unless the environment says otherwise.</summary>
    /// <param name="c10">Path of libc10.so, which is loaded already.</param>
    public static unsafe void Quieten(string c10)
    {
        // A libtorch that cannot be quietened is as good as any other: nothing here fails.
        _ = NativeEnvironment.SetDefault(Variable, "ERROR");
        if (NativeLibrary.TryLoad(c10, out var library) && NativeLibrary.TryGetExport(library, ReadVariable, out var address))
        {
            ((delegate* unmanaged<void>)address)();
        }
    }
}
