using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace DistributedFreeze.Training.Steps;

/// <summary>Update rules in one pass over the memory, on the processor.</summary>
/// <remarks>
/// Each number has the bits that libtorch's own operations leave, one after another: those multiply and add in one rounding where the processor can, so
/// the passes here are for such processors alone. Pure.
/// </remarks>
internal static class HostUpdates
{
    /// <summary>Whether this processor has what the passes need.</summary>
    public static bool AreSupported => Fma.IsSupported && Vector256.IsHardwareAccelerated;

    /// <summary>The values of a tensor in this process's memory.</summary>
    public static Span<float> Values(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);

    /// <summary>Stochastic gradient descent: momentum m = momentum m + g, parameters p = p - rate m.</summary>
    /// <param name="parameters">p.</param>
    /// <param name="gradient">g.</param>
    /// <param name="momenta">m; empty where there is no momentum.</param>
    /// <param name="momentum">What m is multiplied by.</param>
    /// <param name="rate">The rate, 0 or more.</param>
    /// <param name="decay">How much of p is added to g.</param>
    public static void Descend(Span<float> parameters, ReadOnlySpan<float> gradient, Span<float> momenta, double momentum, double rate, double decay)
    {
        var (keep, step, share) = ((float)momentum, (float)-rate, (float)decay);
        var i = 0;
        for (; i <= parameters.Length - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            var p = Vector256.Create<float>(parameters[i..]);
            var direction = Vector256.Create(gradient[i..]);
            if (share != 0)
            {
                direction = Fma.MultiplyAdd(p, Vector256.Create(share), direction);
            }

            if (!momenta.IsEmpty)
            {
                direction = Vector256.Create<float>(momenta[i..]) * keep + direction;
                direction.CopyTo(momenta[i..]);
            }

            Fma.MultiplyAdd(direction, Vector256.Create(step), p).CopyTo(parameters[i..]);
        }

        for (; i < parameters.Length; i++)
        {
            var direction = share == 0 ? gradient[i] : MathF.FusedMultiplyAdd(parameters[i], share, gradient[i]);
            if (!momenta.IsEmpty)
            {
                direction = momenta[i] = momenta[i] * keep + direction;
            }

            parameters[i] = MathF.FusedMultiplyAdd(direction, step, parameters[i]);
        }
    }

    /// <summary>The first half of Adam: m = b1 m + (1 - b1) g, v = b2 v + (1 - b2) g g.</summary>
    /// <param name="parameters">p; shrunk by adamw, as its decay.</param>
    /// <param name="gradient">g.</param>
    /// <param name="first">m.</param>
    /// <param name="second">v.</param>
    /// <param name="copy">Receives v once more.</param>
    /// <param name="rule">The numbers.</param>
    public static void Moments(Span<float> parameters, ReadOnlySpan<float> gradient, Span<float> first, Span<float> second, Span<float> copy, AdamRule rule)
    {
        if (rule.Shrink != 1)
        {
            TensorPrimitives.Multiply(parameters, rule.Shrink, parameters);
        }

        var i = 0;
        for (; i <= parameters.Length - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            var direction = Vector256.Create(gradient[i..]);
            if (rule.Decay != 0)
            {
                direction = Fma.MultiplyAdd(Vector256.Create<float>(parameters[i..]), Vector256.Create(rule.Decay), direction);
            }

            var v = Fma.MultiplyAdd(direction * rule.SecondShare, direction, Vector256.Create<float>(second[i..]) * rule.SecondKept);
            Fma.MultiplyAdd(direction, Vector256.Create(rule.FirstShare), Vector256.Create<float>(first[i..]) * rule.FirstKept).CopyTo(first[i..]);
            v.CopyTo(second[i..]);
            v.CopyTo(copy[i..]);
        }

        for (; i < parameters.Length; i++)
        {
            var direction = rule.Decay == 0 ? gradient[i] : MathF.FusedMultiplyAdd(parameters[i], rule.Decay, gradient[i]);
            first[i] = MathF.FusedMultiplyAdd(direction, rule.FirstShare, first[i] * rule.FirstKept);
            copy[i] = second[i] = MathF.FusedMultiplyAdd(direction * rule.SecondShare, direction, second[i] * rule.SecondKept);
        }
    }

    /// <summary>The second half of Adam: p = p - rate m / (root / correction + epsilon).</summary>
    /// <param name="parameters">p.</param>
    /// <param name="first">m.</param>
    /// <param name="roots">The square root of v.</param>
    /// <param name="rule">The numbers.</param>
    public static void Move(Span<float> parameters, ReadOnlySpan<float> first, ReadOnlySpan<float> roots, AdamRule rule)
    {
        var i = 0;
        for (; i <= parameters.Length - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            var denominator = Vector256.Create(roots[i..]) / rule.RootCorrection + Vector256.Create(rule.Epsilon);
            (Vector256.Create<float>(parameters[i..]) + Vector256.Create(first[i..]) * rule.Step / denominator).CopyTo(parameters[i..]);
        }

        for (; i < parameters.Length; i++)
        {
            parameters[i] += first[i] * rule.Step / (roots[i] / rule.RootCorrection + rule.Epsilon);
        }
    }
}
