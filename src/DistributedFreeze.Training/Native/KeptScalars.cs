using TorchSharp;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Native;

/// <summary>Arithmetic with numbers that stay alive until libtorch has read them.</summary>
/// <remarks>
/// TorchSharp turns a number into a <see cref="Scalar"/>, reads its handle, and calls libtorch; nothing refers to the scalar any more, so
/// a garbage collection at that moment finalizes it and libtorch reads freed memory (seen under load with TorchSharp 0.107: "Expected
/// false to be true ... toFloat" from an addition of two tensors, whose factor of 1 is such a scalar, too). A wrong number would go
/// unseen. So no operation of a step takes a number but through here, where <c>using</c> keeps the scalar to the end of the call.
/// </remarks>
internal static class KeptScalars
{
    /// <summary>A new tensor: <paramref name="left"/> + <paramref name="right"/>.</summary>
    public static Tensor Plus(this Tensor left, Tensor right)
    {
        using Scalar one = 1;
        return left.add(right, one);
    }

    /// <summary>In place: + <paramref name="factor"/> x <paramref name="other"/>.</summary>
    public static Tensor AddScaled(this Tensor self, Tensor other, double factor)
    {
        using Scalar kept = factor;
        return self.add_(other, kept);
    }

    /// <summary>In place: + <paramref name="number"/>.</summary>
    public static Tensor AddNumber(this Tensor self, double number)
    {
        using Scalar kept = number;
        using Scalar one = 1;
        return self.add_(kept, one);
    }

    /// <summary>In place: x <paramref name="factor"/>.</summary>
    public static Tensor Scale(this Tensor self, double factor)
    {
        using Scalar kept = factor;
        return self.mul_(kept);
    }

    /// <summary>In place: / <paramref name="divisor"/>.</summary>
    public static Tensor DivideBy(this Tensor self, double divisor)
    {
        using Scalar kept = divisor;
        return self.div_(kept);
    }

    /// <summary>In place: + <paramref name="factor"/> x <paramref name="left"/> x <paramref name="right"/>.</summary>
    public static Tensor AddProduct(this Tensor self, Tensor left, Tensor right, double factor)
    {
        using Scalar kept = factor;
        return self.addcmul_(left, right, kept);
    }

    /// <summary>In place: + <paramref name="factor"/> x <paramref name="dividend"/> / <paramref name="divisor"/>.</summary>
    public static Tensor AddQuotient(this Tensor self, Tensor dividend, Tensor divisor, double factor)
    {
        using Scalar kept = factor;
        return self.addcdiv_(dividend, divisor, kept);
    }
}
