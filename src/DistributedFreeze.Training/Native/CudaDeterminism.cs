using DistributedFreeze.Inference.Runtime;

namespace DistributedFreeze.Training.Native;

/// <summary>What gives the same bits on a GPU each time: cuBLAS's workspace, cuDNN's algorithms, and TF32 never by default.</summary>
/// <remarks>
/// <c>torch.use_deterministic_algorithms</c> is left off: it fills all fresh memory and refuses operations whose gradient may be added up in any order, whatever their
/// layout, and everything here is either deterministic by these switches or is written so that it is. Thread-safe.
/// </remarks>
internal static class CudaDeterminism
{
    /// <summary>cuBLAS's own variable, which it reads when it starts.</summary>
    internal const string Variable = "CUBLAS_WORKSPACE_CONFIG";

    /// <summary>The values with which cuBLAS promises the same bits each time; the first one is PyTorch's advice, 32 KiB the other's.</summary>
    private static readonly string[] Deterministic = [":4096:8", ":16:8"];

    private static readonly Lazy<bool> Switched = new(() =>
    {
        Switch();
        return true;
    });

    /// <summary>Sets cuBLAS's workspace unless somebody has: before CUDA starts, and harmless where there is none.</summary>
    public static void SetWorkspace()
    {
        if (OperatingSystem.IsLinux())
        {
            _ = NativeEnvironment.SetDefault(Variable, Deterministic[0]);
        }
    }

    /// <summary>Switches all of it; to be called before anything is computed on a GPU.</summary>
    /// <exception cref="LibTorchException">A switch is missing, or the environment names a workspace with which cuBLAS's results differ.</exception>
    public static void Ensure() => _ = Switched.Value;

    internal static void Switch()
    {
        RequireWorkspace(NativeEnvironment.Find(Variable));
        var switches = TorchSwitches.OfThisProcess();
        switches.SetDeterministicCuDnn(true);
        switches.SetBenchmarkCuDnn(false);
        switches.SetTf32(false);
    }

    /// <exception cref="LibTorchException">With this value cuBLAS's results may differ from time to time.</exception>
    internal static void RequireWorkspace(string? value)
    {
        if (!Deterministic.Contains(value, StringComparer.Ordinal))
        {
            throw new LibTorchException(
                $"The environment says {Variable}={value}, with which cuBLAS may add up in another order each time; leave it out, or say one of {string.Join(" and ", Deterministic)}.");
        }
    }
}
