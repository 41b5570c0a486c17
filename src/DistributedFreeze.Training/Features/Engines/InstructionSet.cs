using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace DistributedFreeze.Training.Features.Engines;

/// <summary>The processor's vector instructions, as far as libraries choose kernels by them and so other orders of addition.</summary>
internal static class InstructionSet
{
    /// <summary>Such as <c>x64-avx512</c>, <c>x64-avx2</c> or <c>arm64</c>.</summary>
    public static string Name { get; } = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant() + Vectors();

    private static string Vectors() =>
        Avx512F.IsSupported ? "-avx512" : Avx2.IsSupported ? "-avx2" : Avx.IsSupported ? "-avx" : "";
}
