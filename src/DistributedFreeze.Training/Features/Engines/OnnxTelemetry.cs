using System.Runtime.InteropServices;

namespace DistributedFreeze.Training.Features.Engines;

/// <summary>What ONNX Runtime's own builds tell their maker of each session, unless they are asked not to.</summary>
internal static partial class OnnxTelemetry
{
    /// <summary>The variable that the native library reads when it starts: 1 starts no sender at all.</summary>
    internal const string Variable = "ORT_DISABLE_TELEMETRY";

    /// <summary>Turns it off, before the native library starts; a value that the environment has already stays.</summary>
    public static void TurnOff()
    {
        // OrtEnv.DisableTelemetryEvents comes after the first event. .NET keeps variables that it sets to itself, so the C library is told.
        if (SetVariable(Variable, "1", 0) != 0)
        {
            throw new PrefixEngineException($"The C library does not take the variable {Variable}: error {Marshal.GetLastPInvokeError()}.");
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
