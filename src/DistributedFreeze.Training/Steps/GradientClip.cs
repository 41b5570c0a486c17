using System.Runtime.Intrinsics;
using DistributedFreeze.Training.Native;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Steps;

/// <summary>Scales gradients that are too long, by PyTorch's rule (torch.nn.utils.clip_grad_norm_ with the Euclidean norm).</summary>
/// <remarks>
/// The norm is that of the vector that all shards were added into, which every replica has whole and with the same bits. It is added up in one order
/// on any processor, and in one order on any device of a class, so every replica scales alike. Belongs to one thread.
/// </remarks>
/// <param name="maxNorm">The largest norm, above 0; null scales nothing.</param>
/// <param name="isOnDevice">Whether the gradient stays on its device, so that nobody waits for it.</param>
internal sealed class GradientClip(double? maxNorm, bool isOnDevice) : IDisposable
{
    /// <summary>What PyTorch adds to the norm, so that it never divides by nothing.</summary>
    private const double Margin = 1e-6;

    /// <summary>Elements that are squared in double precision at a time.</summary>
    private const long Block = 1 << 22;

    private Tensor? _clipped;
    private Tensor? _numbers;

    /// <summary>The gradient to go on with.</summary>
    /// <param name="gradient">The mean gradient; not changed, since it may be the exchange's.</param>
    /// <param name="host">What begins with the same in this process's memory; null where it stays on its device.</param>
    /// <returns><paramref name="gradient"/> itself, or a scaled copy that is valid until the next call.</returns>
    public Tensor Of(Tensor gradient, float[]? host)
    {
        if (maxNorm is not { } most)
        {
            return gradient;
        }

        if (isOnDevice)
        {
            return Copy(gradient).mul_(FactorOf(gradient, most));
        }

        var factor = most / (Norm(host.AsSpan(0, checked((int)gradient.NumberOfElements))) + Margin);
        return factor < 1 ? Copy(gradient).Scale(factor) : gradient;
    }

    private Tensor Copy(Tensor gradient)
    {
        _clipped ??= zeros_like(gradient).DetachFromDisposeScope();
        return _clipped.copy_(gradient);
    }

    /// <summary>The factor, at most 1, as a tensor of the device: that it is 1 need not be known here.</summary>
    private Tensor FactorOf(Tensor gradient, double most)
    {
        _numbers ??= tensor(new[] { most, 1 }, device: gradient.device).DetachFromDisposeScope();
        var norm = SquaresOf(gradient).sqrt_().AddNumber(Margin);
        return minimum(_numbers[0].div(norm), _numbers[1]).to(gradient.dtype);
    }

    private static Tensor SquaresOf(Tensor gradient)
    {
        var sums = new List<Tensor>();
        for (long start = 0; start < gradient.NumberOfElements; start += Block)
        {
            using var part = gradient.narrow(0, start, Math.Min(Block, gradient.NumberOfElements - start));
            using var wide = part.to(ScalarType.Float64);
            sums.Add(wide.mul_(wide).sum());
        }

        return stack(sums).sum();
    }

    /// <summary>The Euclidean norm, added up by eight in double precision: the squares of floats are exact in it, and the order is always this one.</summary>
    /// <param name="values">The vector.</param>
    public static double Norm(ReadOnlySpan<float> values)
    {
        var (lower, upper) = (Vector256<double>.Zero, Vector256<double>.Zero);
        var i = 0;
        for (; i <= values.Length - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            var (low, high) = Vector256.Widen(Vector256.Create(values.Slice(i, Vector256<float>.Count)));
            lower += low * low;
            upper += high * high;
        }

        var sums = lower + upper;
        var sum = sums[0] + sums[1] + (sums[2] + sums[3]);
        for (; i < values.Length; i++)
        {
            sum += (double)values[i] * values[i];
        }

        return Math.Sqrt(sum);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _clipped?.Dispose();
        _numbers?.Dispose();
    }
}
