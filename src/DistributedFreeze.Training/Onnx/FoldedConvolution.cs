using DistributedFreeze.Freezing.Layers;

namespace DistributedFreeze.Training.Onnx;

/// <summary>
/// A convolution and the batch norm after it as one convolution: w * s and (b - mean) * s + offset, with
/// s = scale / sqrt(variance + epsilon).
/// </summary>
/// <remarks>Thread-safe if the reader is.</remarks>
internal sealed class FoldedConvolution(Layer convolution, Layer normalization, double epsilon, TensorReader read)
{
    public void WriteWeight(Span<float> values)
    {
        read(convolution.Tensors[0], values);
        var scales = Scales();
        var perChannel = values.Length / scales.Length;
        for (var channel = 0; channel < scales.Length; channel++)
        {
            foreach (ref var value in values.Slice(channel * perChannel, perChannel))
            {
                value = (float)(value * scales[channel]);
            }
        }
    }

    public void WriteBias(Span<float> values)
    {
        var scales = Scales();
        var offset = Read(normalization.Tensors[1]);
        var mean = Read(normalization.Tensors[2]);
        var bias = convolution.Convolution!.Bias ? Read(convolution.Tensors[1]) : new float[scales.Length];
        for (var channel = 0; channel < scales.Length; channel++)
        {
            values[channel] = (float)((((double)bias[channel] - mean[channel]) * scales[channel]) + offset[channel]);
        }
    }

    private double[] Scales()
    {
        var variance = Read(normalization.Tensors[3]);
        return [.. Read(normalization.Tensors[0]).Select((scale, channel) => scale / Math.Sqrt(variance[channel] + epsilon))];
    }

    private float[] Read(TensorSpec tensor)
    {
        var values = new float[tensor.Elements];
        read(tensor, values);
        return values;
    }
}
