using static TorchSharp.torch;

namespace DistributedFreeze.Training.Models;

/// <summary>Each channel's mean over its places.</summary>
internal static class ChannelMeans
{
    /// <param name="activations">(N, C, H, W); stays the caller's.</param>
    /// <returns>(N, C) in fp32, added up in fp32 whatever the activations are: the head is trained in fp32.</returns>
    public static Tensor Of(Tensor activations) =>
        activations.dtype == ScalarType.Float32 ? activations.mean([2, 3]) : activations.mean([2, 3], type: ScalarType.Float32);
}
