using System.Numerics.Tensors;

namespace DistributedFreeze.Training.Onnx.Int8;

/// <summary>Between which values a tensor's elements lie, and which of 256 steps stands for which.</summary>
/// <param name="Least">The least, at most 0: zero has to be a step, since windows are padded with it.</param>
/// <param name="Greatest">The greatest, at least 0.</param>
internal readonly record struct ActivationRange(float Least, float Greatest)
{
    private const int Steps = byte.MaxValue;

    /// <summary>What one step is worth; 1 where all elements are 0.</summary>
    public float Scale => Greatest > Least ? (Greatest - Least) / Steps : 1;

    /// <summary>The step that stands for 0.</summary>
    public byte ZeroPoint => (byte)Math.Clamp(MathF.Round(-Least / Scale), 0, Steps);

    /// <summary>The range that holds these elements, too.</summary>
    public ActivationRange With(ReadOnlySpan<float> elements) => new(Math.Min(Least, TensorPrimitives.Min(elements)), Math.Max(Greatest, TensorPrimitives.Max(elements)));
}
