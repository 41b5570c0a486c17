using System.Runtime.InteropServices;

namespace DistributedFreeze.Training.Onnx.Int8;

/// <summary>A convolution in whole numbers: what a step of each channel's kernels is worth.</summary>
/// <remarks>
/// Kernels are symmetric, -127 to 127, so that products need no correction; biases are 32-bit and worth a step of the kernels times one of the input, which is what the
/// sum of products counts in. Source: Jacob et al., Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference, CVPR 2018, section 2.2.
/// </remarks>
internal sealed class ChannelScales
{
    private const int Most = sbyte.MaxValue;

    /// <summary>Biases stay below, so that sums have room.</summary>
    private const float MostOfBias = 1 << 30;

    private readonly FoldedConvolution _numbers;
    private readonly int _perChannel;
    private readonly float _input;

    /// <param name="numbers">The convolution.</param>
    /// <param name="shape">(out, in, height, width) of its kernels.</param>
    /// <param name="input">What a step of its input is worth.</param>
    public ChannelScales(FoldedConvolution numbers, ReadOnlySpan<long> shape, float input)
    {
        (_numbers, _input, _perChannel) = (numbers, input, (int)(shape[1] * shape[2] * shape[3]));
        var (kernels, biases) = (Floats((int)shape[0] * _perChannel, numbers.WriteWeight), Floats((int)shape[0], numbers.WriteBias));
        Kernels = new float[shape[0]];
        Biases = new float[shape[0]];
        for (var channel = 0; channel < Kernels.Length; channel++)
        {
            var greatest = System.Numerics.Tensors.TensorPrimitives.MaxMagnitude(kernels.AsSpan(channel * _perChannel, _perChannel));
            var scale = Math.Max(Math.Abs(greatest) / Most, Math.Abs(biases[channel]) / (input * MostOfBias));
            Kernels[channel] = scale > 0 ? scale : 1;
            Biases[channel] = Kernels[channel] * input;
        }
    }

    /// <summary>What a step of each channel's kernels is worth.</summary>
    public float[] Kernels { get; }

    /// <summary>What a step of each channel's bias is worth.</summary>
    public float[] Biases { get; }

    /// <summary>Writes the kernels as signed bytes.</summary>
    public void WriteKernels(Stream stream)
    {
        var floats = Floats(Kernels.Length * _perChannel, _numbers.WriteWeight);
        var steps = new sbyte[floats.Length];
        for (var i = 0; i < steps.Length; i++)
        {
            steps[i] = (sbyte)Math.Clamp(MathF.Round(floats[i] / Kernels[i / _perChannel]), -Most, Most);
        }

        stream.Write(MemoryMarshal.AsBytes(steps.AsSpan()));
    }

    /// <summary>Writes the biases as 32-bit whole numbers.</summary>
    public void WriteBiases(Stream stream)
    {
        var floats = Floats(Biases.Length, _numbers.WriteBias);
        int[] steps = [.. floats.Select((bias, channel) => (int)Math.Round(bias / (double)_input / Kernels[channel]))];
        stream.Write(MemoryMarshal.AsBytes(steps.AsSpan()));
    }

    private static float[] Floats(int length, ValuesWriter write)
    {
        var values = new float[length];
        write(values);
        return values;
    }
}
