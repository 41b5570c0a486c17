using System.Runtime.CompilerServices;
using DistributedFreeze.Training.Native;

namespace DistributedFreeze.Training;

/// <summary>Tests use tensors wherever they like; a program loads libtorch where it makes its device threads.</summary>
internal static class TorchLoaded
{
    [ModuleInitializer]
    internal static void Load() => LibTorch.EnsureLoaded();
}
