using System.Runtime.InteropServices;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Onnx;
using DistributedFreeze.Training.Onnx.Int8;
using Microsoft.ML.OnnxRuntime;

namespace DistributedFreeze.Training.Tests.Onnx;

/// <summary>Eight bits: ranges, steps, and a convolution of ONNX Runtime beside the same sums of whole numbers.</summary>
public sealed class Int8Tests
{
    private static readonly LayerTable Table = LayerTable.For(NetworkGraph.TorchvisionV15, ModelArchitecture.ResNet18);

    [Theory]
    [InlineData(0f, 2.55f, 0.01f, 0)]
    [InlineData(-1.28f, 1.27f, 0.01f, 128)]
    [InlineData(-2.55f, 0f, 0.01f, 255)]
    [InlineData(0f, 0f, 1f, 0)]
    public void ARange_Has256Steps_OfWhichOneIsZero(float least, float greatest, float scale, byte zero)
    {
        var range = new ActivationRange(least, greatest);

        Assert.Equal(scale, range.Scale, 1e-6f);
        Assert.Equal(zero, range.ZeroPoint);
    }

    [Fact]
    public void ARange_GrowsWithWhatItSees_AndKeepsZero()
    {
        Assert.Equal(new(0, 3), new ActivationRange(0, 0).With([1, 3, 2]));
        Assert.Equal(new(-1, 3), new ActivationRange(0, 3).With([-1, 2]));
    }

    [Fact]
    public void ADeadChannel_KeepsItsBias()
    {
        var (scales, numbers) = Scales((tensor, values) =>
        {
            Draw(tensor, values);
            if (tensor.Name == "conv1_conv.weight")
            {
                values[..147].Clear(); // the first channel's 3 x 7 x 7
            }
        });

        var (biases, exact) = (Written<int>(scales.WriteBiases), new float[64]);
        numbers.WriteBias(exact);

        Assert.All(Enumerable.Range(0, 64), channel => Assert.Equal(exact[channel], biases[channel] * scales.Biases[channel], 1e-4f * Math.Abs(exact[channel]) + scales.Biases[channel]));
        Assert.All(Written<sbyte>(scales.WriteKernels)[..147], step => Assert.Equal(0, step));
    }

    [Fact]
    public void AConvolution_IsTheSumOfWholeNumbers()
    {
        var input = new float[3 * 32 * 32];
        var random = new Random(7);
        foreach (ref var value in input.AsSpan())
        {
            value = (float)((random.NextDouble() * 4) - 2);
        }

        var (inRange, outRange) = (new ActivationRange(-2, 2), new ActivationRange(0, 4));
        var graph = new OnnxGraph("g");
        graph.AddInput(Table.Layers[0].Name, 1, 3, 32, 32);
        var tensors = new Int8Tensors(graph, new Dictionary<string, ActivationRange> { [Table.Layers[0].Name] = inRange, ["conv1_relu"] = outRange });
        var relu = new OnnxSegment(graph, Table, 0, BatchNormForm.Folded, Draw, tensors).Add(Table["conv1_relu"].Index);
        var read = tensors.Read(relu);
        graph.AddNode("Identity", [read], "y");
        graph.AddOutput("y", 1, 64, 16, 16);

        var found = Run(graph.ToArray(), input);

        var (scales, _) = Scales(Draw, inRange.Scale);
        var (kernels, biases) = (Written<sbyte>(scales.WriteKernels), Written<int>(scales.WriteBiases));
        int[] steps = [.. input.Select(value => (int)Math.Clamp(MathF.Round(value / inRange.Scale) + inRange.ZeroPoint, 0, 255) - inRange.ZeroPoint)];
        foreach (var (channel, row, column) in ((int, int, int)[])[(0, 0, 0), (5, 8, 8), (63, 15, 15), (17, 3, 12)])
        {
            var sum = biases[channel];
            for (var i = 0; i < 147; i++)
            {
                var (plane, y, x) = (i / 49, (2 * row) - 3 + (i % 49 / 7), (2 * column) - 3 + (i % 7));
                sum += y is >= 0 and < 32 && x is >= 0 and < 32 ? kernels[(channel * 147) + i] * steps[(plane * 1024) + (y * 32) + x] : 0;
            }

            var expected = Math.Clamp(MathF.Round(sum * scales.Biases[channel] / outRange.Scale), 0, 255) * outRange.Scale;
            Assert.Equal(expected, found[(((channel * 16) + row) * 16) + column], outRange.Scale * 1.01f); // a half may be rounded either way
        }

        Assert.Contains(found, value => value > 0);
    }

    private static (ChannelScales Scales, FoldedConvolution Numbers) Scales(TensorReader read, float input = 0.01f)
    {
        var numbers = new FoldedConvolution(Table["conv1_conv"], Table["conv1_bn"], Table.BatchNormEpsilon, read);
        return (new(numbers, Table["conv1_conv"].Tensors[0].Shape.AsSpan(), input), numbers);
    }

    private static T[] Written<T>(Action<Stream> write)
        where T : struct
    {
        using var stream = new MemoryStream();
        write(stream);
        return MemoryMarshal.Cast<byte, T>(stream.ToArray()).ToArray();
    }

    private static float[] Run(byte[] model, float[] input)
    {
        using var session = new InferenceSession(model);
        using var options = new RunOptions();
        using var tensor = OrtValue.CreateTensorValueFromMemory(input, [1, 3, 32, 32]);
        using var outputs = session.Run(options, [Table.Layers[0].Name], [tensor], ["y"]);
        return outputs[0].GetTensorDataAsSpan<float>().ToArray();
    }

    private static void Draw(TensorSpec tensor, Span<float> values)
    {
        var random = new Random(tensor.Name.Length);
        foreach (ref var value in values)
        {
            value = (float)(random.NextDouble() + (tensor.IsStatistic ? 0.5 : -0.5)) * (values.Length > 64 ? 0.2f : 1);
        }
    }
}
