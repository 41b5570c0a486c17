using System.Runtime.Intrinsics;
using DistributedFreeze.Training.Native;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Steps;

/// <summary>Scales gradients that are too long, by PyTorch's rule (torch.nn.utils.clip_grad_norm_ with the Euclidean norm).</summary>
/// <remarks>
/// The norm is that of the vector that all shards were added into, which every replica has whole and with the same bits. It is added up in one order
/// on any processor, so every replica scales alike. Belongs to one thread.
/// </remarks>
/// <param name="maxNorm">The largest norm, above 0; null scales nothing.</param>
internal sealed class GradientClip(double? maxNorm) : IDisposable
{
    /// <summary>What PyTorch adds to the norm, so that it never divides by nothing.</summary>
    private const double Margin = 1e-6;

    private Tensor? _clipped;

    /// <summary>The gradient to go on with.</summary>
    /// <param name="gradient">The mean gradient; not changed, since it is the exchange's.</param>
    /// <param name="values">The same in this process's memory.</param>
    /// <returns><paramref name="gradient"/> itself, or where it is too long a scaled copy that is valid until the next call.</returns>
    public Tensor Of(Tensor gradient, ReadOnlySpan<float> values)
    {
        if (maxNorm is not { } most || most / (Norm(values) + Margin) is not (var factor and < 1))
        {
            return gradient;
        }

        _clipped ??= zeros_like(gradient).DetachFromDisposeScope();
        return _clipped.copy_(gradient).Scale(factor);
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
    public void Dispose() => _clipped?.Dispose();
}
