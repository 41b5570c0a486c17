using System.Runtime.InteropServices;
using DistributedFreeze.Freezing.Layers;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DistributedFreeze.Training.Models;

/// <summary>A convolution of the network, in the form whose kernels are sound and fast on the device.</summary>
/// <remarks>
/// <para>
/// A 1x1 convolution that strides reads every second pixel alone. On the processor those pixels are taken first, and the convolution
/// does not stride: the same product, but never oneDNN's backward kernels of strided ones, which divide by zero where the
/// processor tells no cache sizes (many virtual machines) and take 1.2 to 3 times as long where it does.
/// </para>
/// <para>
/// PyTorch hands a 1x1 convolution that neither strides nor dilates to oneDNN from 16 images on, or with several threads, and computes
/// it image by image otherwise (aten/src/ATen/native/Convolution.cpp, use_mkldnn), also trying NNPACK, which not every processor has. A
/// dilation means nothing to a kernel of one pixel, and has oneDNN compute it whatever the batch: small shards are as fast as large ones. In bf16 oneDNN computes all of them wherever the processor can.
/// </para>
/// <para>
/// Every layer but the first has a power of two of channels. Others must not come this way: with 24, 48 or 80, oneDNN 3.7.1's kernels for AVX-512 gave wrong results, gradients or no numbers on an
/// AMD EPYC of family 26, where each shape of every network was right (and those for AVX2 were right throughout).
/// </para>
/// <para>A GPU's libraries need neither. Pure and thread-safe.</para>
/// </remarks>
internal static class LayerConvolution
{
    /// <summary>Names this way of computing where the bits of the processor's results matter.</summary>
    public const string Form = "dense1x1";

    private static readonly bool HasOneDnn = RuntimeInformation.ProcessArchitecture == Architecture.X64;

    /// <param name="shape">The layer's.</param>
    /// <param name="input">(N, C, H, W); stays the caller's.</param>
    /// <param name="weight">(out, in / groups, kernel, kernel).</param>
    /// <param name="bias">(out), or null.</param>
    public static Tensor Evaluate(ConvolutionShape shape, Tensor input, Tensor weight, Tensor? bias)
    {
        if (shape.Kernel > 1 || shape.Padding > 0 || shape.Groups > 1 || input.device_type != DeviceType.CPU)
        {
            return functional.conv2d(input, weight, bias, strides: [shape.Stride, shape.Stride], padding: [shape.Padding, shape.Padding], groups: shape.Groups);
        }

        if (shape.Stride == 1)
        {
            return Pointwise(input, weight, bias);
        }

        var every = TensorIndex.Slice(step: shape.Stride);
        using var lines = input[TensorIndex.Ellipsis, every, every];
        using var pixels = lines.contiguous();
        return Pointwise(pixels, weight, bias);
    }

    private static Tensor Pointwise(Tensor input, Tensor weight, Tensor? bias) =>
        functional.conv2d(input, weight, bias, dilation: HasOneDnn && input.dtype == ScalarType.Float32 ? [2, 2] : [1, 1]);
}
