using DistributedFreeze.Runs;
using Microsoft.ML.OnnxRuntime;

namespace DistributedFreeze.Training.Features.Engines;

/// <summary>Calls into ONNX Runtime, whose absence and failures come in many exceptions and leave in one.</summary>
internal static class OnnxLibrary
{
    private const string CpuPackage = "Microsoft.ML.OnnxRuntime";
    private const string GpuPackage = "Microsoft.ML.OnnxRuntime.Gpu";

    /// <summary>Version of the native library.</summary>
    public static string Version() => Call(() => Env().GetVersionString());

    public static IReadOnlyList<PrefixProvider> Providers()
    {
        var names = Call(() => Env().GetAvailableProviders());
        PrefixProvider[] fastestFirst = [PrefixProvider.TensorRt, PrefixProvider.Cuda, PrefixProvider.Cpu];
        return [.. fastestFirst.Where(provider => names.Contains(NameOf(provider), StringComparer.Ordinal))];
    }

    /// <summary>Refuses a provider that the library was built without.</summary>
    public static void Require(PrefixProvider provider)
    {
        var present = Providers();
        if (!present.Contains(provider))
        {
            throw new PrefixEngineException(
                $"This ONNX Runtime has no provider '{provider}', only {string.Join(", ", present)}. "
                + $"Build with the package {GpuPackage} in place of {CpuPackage}, or choose cpu.");
        }
    }

    /// <summary>Calls the library.</summary>
    /// <exception cref="PrefixEngineException">It is missing or broken, or it refused.</exception>
    public static T Call<T>(Func<T> call)
    {
        try
        {
            return call();
        }
        catch (OnnxRuntimeException e)
        {
            throw new PrefixEngineException($"ONNX Runtime refused: {e.Message}", e);
        }
        catch (Exception e) when (e is TypeInitializationException or DllNotFoundException or BadImageFormatException
            or EntryPointNotFoundException or FileNotFoundException or FileLoadException)
        {
            throw new PrefixEngineException(
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
