using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.Intrinsics.X86;

namespace DistributedFreeze.Cli.Doctor;

/// <summary>The caches that a processor for x86 tells of by its own instruction, as oneDNN asks it: many virtual machines tell none.</summary>
internal static class ProcessorCaches
{
    /// <summary>Leaves of CPUID with one cache after another, of Intel and of AMD.</summary>
    private const int OfIntel = 4, OfAmd = unchecked((int)0x8000001D);

    private const int MostCaches = 16;

    /// <summary>Those of this processor, such as <c>L2 1024 KiB</c>; empty where it tells none, and on other processors than x86.</summary>
    public static ImmutableArray<string> Read()
    {
        if (!X86Base.IsSupported)
        {
            return [];
        }

        var leaf = IsAmd() ? OfAmd : OfIntel;
        return Of(index => X86Base.CpuId(leaf, index) is var (eax, ebx, ecx, _) ? (eax, ebx, ecx) : default);
    }

    /// <summary>Those that a leaf lists.</summary>
    /// <param name="ask">The leaf's first three registers for a cache's number.</param>
    internal static ImmutableArray<string> Of(Func<int, (int Eax, int Ebx, int Ecx)> ask)
    {
        const int None = 0, Instructions = 2;
        var caches = ImmutableArray.CreateBuilder<string>();
        for (var index = 0; index < MostCaches; index++)
        {
            var (eax, ebx, ecx) = ask(index);
            var (kind, level) = (eax & 0x1f, (eax >> 5) & 7);
            if (kind == None)
            {
                break;
            }

            var bytes = (1L + ((ebx >> 22) & 0x3ff)) * (1L + ((ebx >> 12) & 0x3ff)) * (1L + (ebx & 0xfff)) * (1L + (uint)ecx);
            if (kind != Instructions)
            {
                caches.Add(string.Create(CultureInfo.InvariantCulture, $"L{level} {bytes >> 10} KiB"));
            }
        }

        return caches.ToImmutable();
    }

    private static bool IsAmd()
    {
        // The vendor's name, in ebx, edx and ecx: "AuthenticAMD", or "HygonGenuine" of the same design.
        var (most, ebx, _, _) = X86Base.CpuId(0, 0);
        return most > 0 && ebx is 0x68747541 or 0x6f677948 && X86Base.CpuId(unchecked((int)0x80000000), 0).Eax >= OfAmd;
    }
}
