using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using TorchSharp;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Models;

/// <summary>The numbers and the order in memory in which layers of the base are computed, and how tensors come to have them.</summary>
/// <remarks>
/// <para>
/// In bf16, activations and the weights of convolutions are rounded; what is rounded is part of the graph, so that gradients arrive at fp32 weights, and are added in fp32. Batch norms take
/// bf16 and compute with fp32 parameters and statistics, and means over places are fp32. Numbers that were bf16 once keep their bits as fp32 and back: features may be kept on the way.
/// </para>
/// <para>
/// On CUDA, TF32 and bf16 lie in memory channels last (NHWC), as the tensor cores read them: a ResNet50's prefix on an H200 took 1.24 times as many images a second in TF32 as channels first, and
/// bf16 was only measured that way. In fp32 there is nothing to gain. TorchSharp has no memory formats: a tensor that is permuted, copied and permuted back has the same shape and those strides.
/// </para>
/// <para>Pure and thread-safe.</para>
/// </remarks>
/// <param name="Type">Type of activations and of the weights of convolutions.</param>
/// <param name="IsChannelsLast">Whether channels lie next to one another.</param>
internal sealed record ComputeForm(ScalarType Type, bool IsChannelsLast)
{
    /// <summary>fp32, channels first.</summary>
    public static ComputeForm Plain { get; } = new(ScalarType.Float32, IsChannelsLast: false);

    /// <summary>The form of a run on a device.</summary>
    /// <exception cref="InvalidInputException">The device does not have these numbers.</exception>
    public static ComputeForm Of(RunPrecision precision, Device device) => (precision, IsGpu: device.type == DeviceType.CUDA) switch
    {
        (RunPrecision.Fp32, _) => Plain,
        (RunPrecision.Bf16, var isGpu) => new(ScalarType.BFloat16, isGpu),
        (RunPrecision.Tf32, true) => new(ScalarType.Float32, IsChannelsLast: true),
        _ => throw new InvalidInputException("precision", $"is {RunEnums.NameOf(precision)}, which NVIDIA's GPUs alone have, and a replica is on {device}; give fp32, or bf16, which the processor has, too"),
    };

    /// <summary>Activations that come from elsewhere.</summary>
    /// <param name="input">(N, C, H, W); stays the caller's.</param>
    /// <returns>Itself where it has the form.</returns>
    public Tensor Enter(Tensor input) => InOrder(input.dtype == Type ? input : input.to(Type));

    /// <summary>The weight of a convolution.</summary>
    /// <param name="weight">(out, in / groups, kernel, kernel); stays the caller's.</param>
    /// <returns>Itself where it has the form.</returns>
    public Tensor Weight(Tensor weight) => Enter(weight);

    /// <summary>The bias of a convolution.</summary>
    public Tensor? Bias(Tensor? bias) => bias is null || bias.dtype == Type ? bias : bias.to(Type);

    private Tensor InOrder(Tensor tensor) =>
        IsChannelsLast && tensor.dim() == 4 && tensor.stride(1) != 1 ? tensor.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2) : tensor;
}
