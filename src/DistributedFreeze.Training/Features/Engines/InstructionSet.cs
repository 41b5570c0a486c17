using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace DistributedFreeze.Training.Features.Engines;

/// <summary>The processor's vector instructions, as far as libraries choose kernels by them and so other orders of addition.</summary>
internal static class InstructionSet
{
    /// <summary>Such as <c>x64-avx512</c>, <c>x64-avx2</c> or <c>arm64</c>.</summary>
    public static string Name { get; } = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant() + Vectors();

    /// <summary>The same where oneDNN chooses the kernels, which a variable of the environment may keep from the newest instructions.</summary>
    public static string OfOneDnn { get; } = Name + Limit("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA");

    private static string Limit(params ReadOnlySpan<string> variables)
    {
        foreach (var variable in variables)
        {
            if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } limit)
            {
                return $"-at-most-{limit.ToLowerInvariant()}";
            }
        }

        return "";
    }

    private static string Vectors() =>
        Avx512F.IsSupported ? "-avx512" : Avx2.IsSupported ? "-avx2" : Avx.IsSupported ? "-avx" : "";
}
