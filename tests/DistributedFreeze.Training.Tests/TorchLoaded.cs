using System.Runtime.CompilerServices;
using DistributedFreeze.Training.Models;
using DistributedFreeze.Training.Native;

namespace DistributedFreeze.Training;

/// <summary>Tests use tensors wherever they like; a program loads libtorch where it makes its device threads.</summary>
internal static class TorchLoaded
{
    [ModuleInitializer]
    internal static void Load() => LibTorch.EnsureLoaded();

    /// <summary>Hundreds of runs have the same random base, one after another.</summary>
    [ModuleInitializer]
    internal static void KeepBases() => DrawnBases.Unused = 2;
}
