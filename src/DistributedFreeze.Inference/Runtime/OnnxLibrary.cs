using DistributedFreeze.Runs;
using Microsoft.ML.OnnxRuntime;

namespace DistributedFreeze.Inference.Runtime;

/// <summary>Calls into ONNX Runtime, whose absence and failures come in many exceptions and leave in one.</summary>
public static class OnnxLibrary
{
    private const string CpuPackage = "Microsoft.ML.OnnxRuntime";
    private const string GpuPackage = "Microsoft.ML.OnnxRuntime.Gpu";

    /// <summary>Version of the native library.</summary>
    /// <exception cref="InferenceException">It is missing or broken.</exception>
    public static string Version() => Call(() => Env().GetVersionString());

    /// <summary>The providers that the library was built with, the fastest first.</summary>
    /// <exception cref="InferenceException">It is missing or broken.</exception>
    public static IReadOnlyList<PrefixProvider> Providers()
    {
        var names = Call(() => Env().GetAvailableProviders());
        PrefixProvider[] fastestFirst = [PrefixProvider.TensorRt, PrefixProvider.Cuda, PrefixProvider.Cpu];
        return [.. fastestFirst.Where(provider => names.Contains(NameOf(provider), StringComparer.Ordinal))];
    }

    /// <summary>Refuses a provider that the library was built without.</summary>
    /// <param name="provider">The provider.</param>
    /// <exception cref="InferenceException">It is one of those.</exception>
    public static void Require(PrefixProvider provider)
    {
        var present = Providers();
        if (!present.Contains(provider))
        {
            throw new InferenceException(
                $"This ONNX Runtime has no provider '{provider}', only {string.Join(", ", present)}. "
                + $"Build with the package {GpuPackage} in place of {CpuPackage}, or choose cpu.");
        }
    }

    /// <summary>Calls the library.</summary>
    /// <typeparam name="T">What the call gives.</typeparam>
    /// <param name="call">The call.</param>
    /// <exception cref="InferenceException">It is missing or broken, or it refused.</exception>
    public static T Call<T>(Func<T> call)
    {
        try
        {
            return call();
        }
        catch (OnnxRuntimeException e)
        {
            throw new InferenceException($"ONNX Runtime refused: {e.Message}", e);
        }
        catch (Exception e) when (e is TypeInitializationException or DllNotFoundException or BadImageFormatException
            or EntryPointNotFoundException or FileNotFoundException or FileLoadException)
        {
            throw new InferenceException(
                $"ONNX Runtime does not load on this host. Its native library comes with the package {CpuPackage}; "
                + $"the prefix engine 'torch' does without it. It says: {Cause(e).Message}",
                e);
        }
    }

    private static OrtEnv Env()
    {
        OnnxTelemetry.TurnOff(); // every use of the library begins here
        return OrtEnv.Instance();
    }

    private static Exception Cause(Exception e) => e is TypeInitializationException { InnerException: { } inner } ? Cause(inner) : e;

    // The names in onnxruntime, include/onnxruntime/core/graph/constants.h.
    private static string NameOf(PrefixProvider provider) => provider switch
    {
        PrefixProvider.Cpu => "CPUExecutionProvider",
        PrefixProvider.Cuda => "CUDAExecutionProvider",
        PrefixProvider.TensorRt => "TensorrtExecutionProvider",
        _ => throw new ArgumentOutOfRangeException(nameof(provider), provider, "There is no such provider."),
    };
}
