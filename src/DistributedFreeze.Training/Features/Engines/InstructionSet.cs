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

    /// <summary>The same for bfloat16, for which oneDNN has kernels of their own where the processor multiplies it.</summary>
    public static string OfBfloat16 { get; } = OfOneDnn + Bfloat16();

    /// <summary>The same for all that computes on the processor: libtorch's own kernels heed a variable of their own. Finer than one run needs, which is either in bfloat16 or not.</summary>
    public static string OfAll { get; } = OfBfloat16 + (Environment.GetEnvironmentVariable("ATEN_CPU_CAPABILITY") is { Length: > 0 } own ? $"-aten-{own.ToLowerInvariant()}" : "");

    /// <summary>Leaf 7 of the processor's own description: AMX in its first part, AVX-512's and AVX's in its second, and what processors without either convert by.</summary>
    private static string Bfloat16()
    {
        if (!X86Base.IsSupported || X86Base.CpuId(0, 0).Eax < 7)
        {
            return "";
        }

        var (_, _, _, tiles) = X86Base.CpuId(7, 0);
        var (vectors, _, _, conversions) = X86Base.CpuId(7, 1);
        return ((tiles & (1 << 22)) != 0 ? "-amx" : "") + ((vectors & (1 << 5)) != 0 ? "-bf16" : "") + ((conversions & (1 << 5)) != 0 ? "-neconvert" : "");
    }

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
