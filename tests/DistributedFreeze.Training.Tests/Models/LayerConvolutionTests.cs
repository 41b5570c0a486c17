using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Replicas;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Models;

public sealed class LayerConvolutionTests
{
    private const string InChild = "DFREEZE_TEST_ONEDNN_VERBOSE";

    [Theory]
    [InlineData(1, 1, 0, 4, 7)]
    [InlineData(1, 2, 0, 4, 8)]
    [InlineData(1, 2, 0, 3, 7)]
    [InlineData(1, 2, 0, 1, 1)]
    [InlineData(3, 1, 1, 2, 5)]
    [InlineData(3, 2, 1, 4, 8)]
    [InlineData(7, 2, 0, 2, 15)]
    public Task ResultAndGradients_AreThoseOfAPlainConvolutionInDoublePrecision(int kernel, int stride, int padding, int images, int size) => Run(() =>
    {
        var shape = new ConvolutionShape(64, 32, kernel, stride, padding, Bias: true);
        random.manual_seed(1);
        Tensor[] values = [randn(images, 64, size, size), randn(32, 64, kernel, kernel) / 5, randn(32)];
        var ours = values.Select(value => value.clone().requires_grad_()).ToArray();
        var plain = values.Select(value => value.to(ScalarType.Float64).requires_grad_()).ToArray();

        var result = LayerConvolution.Evaluate(shape, ours[0], ours[1], ours[2]);
        var expected = nn.functional.conv2d(plain[0], plain[1], plain[2], strides: [stride, stride], padding: [padding, padding]);
        var direction = randn(result.shape);
        result.backward([direction]);
        expected.backward([direction.to(ScalarType.Float64)]);

        AssertNear(expected, result);
        Assert.All(plain.Zip(ours), pair => AssertNear(pair.First.grad!, pair.Second.grad!));
    });

    /// <summary>With other numbers, such as 24, 48 or 80, oneDNN 3.7.1 gave wrong results and gradients on an AMD EPYC of family 26.</summary>
    [Fact]
    public void EveryConvolution_HasAPowerOfTwoOfChannels_ButForTheImages() => Assert.All(LayerTable.All, table =>
    {
        var convolutions = table.Layers.Select(layer => layer.Convolution).OfType<ConvolutionShape>().ToList();
        Assert.Equal(3, convolutions[0].InChannels);
        Assert.All(convolutions.Skip(1), shape => Assert.True(IsFit(shape.InChannels) && IsFit(shape.OutChannels), $"{table.StableName}: {shape}"));

        static bool IsFit(int channels) => channels >= 16 && int.IsPow2(channels);
    });

    [Fact]
    public Task AConvolutionWithoutBias_HasNone() => Run(() =>
    {
        var result = LayerConvolution.Evaluate(new(24, 16, 1, 2, 0, Bias: false), ones(2, 24, 4, 4), ones(16, 24, 1, 1), bias: null);

        Assert.Equal([2, 16, 2, 2], result.shape);
        Assert.All(result.data<float>().ToArray(), value => Assert.Equal(24f, value));
    });

    /// <summary>oneDNN says itself what it computes: its backward kernels of strided 1x1 convolutions kill the process on many virtual machines.</summary>
    [Fact]
    public void OneDnn_ComputesEvery1x1Convolution_AndNoneThatStrides()
    {
        var said = OwnProcess.Passes(typeof(LayerConvolutionTests), nameof(BothGraphsUnderOneDnnsEyes), (InChild, "1"), ("ONEDNN_VERBOSE", "1"));
        var convolutions = said.Split('\n').Where(line => line.Contains(",exec,cpu,convolution,", StringComparison.Ordinal)).ToList();
        Assert.SkipWhen(convolutions.Count == 0, "This libtorch has no oneDNN.");

        // conv3 to conv5 of both graphs: 13 blocks with two 1x1 convolutions each and three projections, for their result, the
        // gradient of their input and that of their weights.
        const int OneByOne = 13 * 2 + 3;
        Assert.Equal(2 * OneByOne * 3, convolutions.Count(line => line.Contains("kh1", StringComparison.Ordinal)));
        Assert.DoesNotContain(convolutions, line => line.Contains("kh1sh2", StringComparison.Ordinal));
        Assert.Contains(convolutions, line => line.Contains("kh3sh2", StringComparison.Ordinal));
    }

    /// <summary>The child's part of the test above.</summary>
    [Fact(Explicit = true)]
    public Task BothGraphsUnderOneDnnsEyes() => Run(() =>
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable(InChild) == "1", "Only in the child process of another test.");
        foreach (var graph in new[] { NetworkGraph.KerasV1, NetworkGraph.TorchvisionV15 })
        {
            var table = LayerTable.For(graph);
            using var weights = new FormulaWeights(table);
            var start = table["conv2_block3_out"].Index;
            foreach (var tensor in table.Layers.Where(layer => layer.Index > start).SelectMany(layer => layer.Tensors).Where(tensor => !tensor.IsStatistic))
            {
                weights[tensor.Name].requires_grad_();
            }

            var input = randn(4, 256, 16, 16).requires_grad_();
            new NetworkSegment(table, start, table.Layers.Length).Evaluate(input, weights).sum().backward();
        }
    });

    private static void AssertNear(Tensor expected, Tensor found)
    {
        Assert.Equal(expected.shape, found.shape);
        var distance = (expected - found.to(ScalarType.Float64)).abs().max().item<double>();
        Assert.InRange(distance, 0, 1e-5 * Math.Max(1, expected.abs().max().item<double>()));
    }

    /// <summary>One torch thread, as a replica has.</summary>
    private static async Task Run(Action work)
    {
        using var thread = new DeviceThread("convolution-tests", torchThreads: 1);
        await thread.RunAsync(() =>
        {
            using var scope = NewDisposeScope();
            work();
        });
    }
}
