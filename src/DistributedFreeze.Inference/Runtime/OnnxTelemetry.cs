namespace DistributedFreeze.Inference.Runtime;

/// <summary>What ONNX Runtime's own builds tell their maker of each session, unless they are asked not to.</summary>
internal static class OnnxTelemetry
{
    /// <summary>The variable that the native library reads when it starts: 1 starts no sender at all.</summary>
    internal const string Variable = "ORT_DISABLE_TELEMETRY";

    /// <summary>Turns it off, before the native library starts; a value that the environment has already stays.</summary>
    public static void TurnOff()
    {
        // OrtEnv.DisableTelemetryEvents comes after the first event.
        if (NativeEnvironment.SetDefault(Variable, "1") is var error and not 0)
        {
            throw new InferenceException($"The C library does not take the variable {Variable}: error {error}.");
        }
    }
}
