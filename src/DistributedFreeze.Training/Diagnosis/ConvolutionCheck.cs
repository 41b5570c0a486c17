using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Training.Models;
using DistributedFreeze.Training.Replicas;
using TorchSharp;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Diagnosis;

/// <summary>Whether a device's convolutions, and both of their gradients, are right.</summary>
/// <remarks>
/// <para>
/// A convolution y of x and w is linear in both. So for any d of y's shape the products (y, d), (x, gradient of x) and (w, gradient of w)
/// are the same number, and three kernels that were written apart have to agree on it. Where x, w and d are all 1 or -1, every element is a small whole number,
/// which fp32 holds (TF32 and bfloat16 their operands) and adds without rounding in any order, so that the numbers agree to the last bit.
/// </para>
/// <para>
/// cuDNN may transform its operands (Winograd, FFT), which rounds. So on a GPU a difference counts from a hundred-thousandth of |y| |d| on, where the
/// number itself is of the size of |y|.
/// </para>
/// </remarks>
internal sealed class ConvolutionCheck
{
    private const int Images = 2;
    private const int Seed = 1;
    private const double GpuTolerance = 1e-5;

    private readonly Func<ConvolutionShape, Tensor, Tensor, Tensor> _convolve;

    /// <summary>Of the convolutions that runs use.</summary>
    public ConvolutionCheck()
        : this((shape, input, weight) => LayerConvolution.Evaluate(shape, input, weight, bias: null))
    {
    }

    /// <param name="convolve">Convolves (N, C, H, W) with (out, in, kernel, kernel).</param>
    internal ConvolutionCheck(Func<ConvolutionShape, Tensor, Tensor, Tensor> convolve) => _convolve = convolve;

    /// <summary>Tries all cases on one device, with one thread, as a replica has it.</summary>
    /// <param name="device">Its name within this process, such as <c>cuda:0</c>.</param>
    /// <param name="cases">What to try.</param>
    /// <param name="begins">Told of each case before it is tried: whatever happens then, happened there.</param>
    /// <returns>What is wrong, a line for each case; empty where all is right.</returns>
    /// <exception cref="Native.LibTorchException">libtorch is missing or broken.</exception>
    public async Task<ImmutableArray<string>> FaultsAsync(string device, IReadOnlyList<ConvolutionCase> cases, Action<ConvolutionCase> begins)
    {
        using var thread = new DeviceThread($"check-{device}", torchThreads: 1);
        return await thread.RunAsync(() =>
        {
            var faults = ImmutableArray.CreateBuilder<string>();
            foreach (var one in cases)
            {
                begins(one);
                if (FaultOf(one, ReplicaDevice.Of(device)) is { } fault)
                {
                    faults.Add(fault);
                }
            }

            return faults.ToImmutable();
        });
    }

    /// <summary>Tries one case.</summary>
    /// <returns>What is wrong; null where all is right.</returns>
    internal string? FaultOf(ConvolutionCase one, Device device)
    {
        using var scope = NewDisposeScope();
        var (shape, random) = (one.Shape, new Random(Seed));
        try
        {
            var x = Signs(random, device, Images, shape.InChannels, one.Size, one.Size).requires_grad_();
            var w = Signs(random, device, shape.OutChannels, shape.InChannels / shape.Groups, shape.Kernel, shape.Kernel).requires_grad_();
            var y = _convolve(shape, x, w);
            var d = Signs(random, device, y.shape);
            var gradients = autograd.grad([y], [x, w], [d]);
            var (result, ofInput, ofWeight) = (Product(y, d), Product(x, gradients[0]), Product(w, gradients[1]));

            var terms = (double)(shape.InChannels / shape.Groups) * shape.Kernel * shape.Kernel;
            var tolerance = device.type == DeviceType.CPU ? 0 : GpuTolerance * y.NumberOfElements * Math.Sqrt(terms);
            return Differ(result, ofInput, tolerance) || Differ(result, ofWeight, tolerance)
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"{one}: a product that has to be the same is {result} by the result, {ofInput} by the input's gradient and {ofWeight} by the weights' gradient")
                : null;
        }
        catch (ExternalException refused)
        {
            return $"{one}: {refused.Message.Split('\n', 2)[0].TrimEnd()}";
        }
    }

    // Not a number is another one, too.
    private static bool Differ(double one, double other, double tolerance) => !(Math.Abs(one - other) <= tolerance);

    private static double Product(Tensor left, Tensor right)
    {
        using var noGradient = no_grad();
        return left.detach().mul(right.detach()).sum(ScalarType.Float64).cpu().item<double>(); // each product is one of the elements, or its opposite
    }

    private static Tensor Signs(Random random, Device device, params long[] shape)
    {
        var bytes = new byte[shape.Aggregate(1L, (product, size) => product * size)];
        random.NextBytes(bytes);
        return tensor(Array.ConvertAll(bytes, value => (value & 1) == 0 ? 1f : -1f), shape, device: device);
    }
}
