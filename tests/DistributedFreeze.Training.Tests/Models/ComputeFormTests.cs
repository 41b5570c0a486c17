using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Replicas;
using TorchSharp;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Models;

[Slow]
public sealed class ComputeFormTests
{
    private static readonly Device Gpu = new(DeviceType.CUDA, 0);

    [Fact]
    public void ARunsForm_IsThatOfItsPrecisionOnItsDevice()
    {
        Assert.Equal(ComputeForm.Plain, ComputeForm.Of(RunPrecision.Fp32, CPU));
        Assert.Equal(ComputeForm.Plain, ComputeForm.Of(RunPrecision.Fp32, Gpu));
        Assert.Equal(new(ScalarType.Float32, IsChannelsLast: true), ComputeForm.Of(RunPrecision.Tf32, Gpu));
        Assert.Equal(new(ScalarType.BFloat16, IsChannelsLast: false), ComputeForm.Of(RunPrecision.Bf16, CPU));
        Assert.Equal(new(ScalarType.BFloat16, IsChannelsLast: true), ComputeForm.Of(RunPrecision.Bf16, Gpu));
        Assert.Equal("precision", Assert.Single(Assert.Throws<InvalidInputException>(() => ComputeForm.Of(RunPrecision.Tf32, CPU)).Problems).Field);
    }

    /// <summary>Strides are all that is tested of channels last: on some machines oneDNN's kernels for them divide by zero, and they are for GPUs.</summary>
    [Fact]
    public void ATensorThatHasTheForm_IsTakenAsItIs()
    {
        using var scope = NewDisposeScope();
        var tensor = randn(2, 3, 4, 5);

        Assert.Same(tensor, ComputeForm.Plain.Enter(tensor));
        var last = new ComputeForm(ScalarType.Float32, IsChannelsLast: true).Enter(tensor);
        Assert.Equal([60L, 1, 15, 3], last.stride());
        Assert.Equal([2L, 3, 4, 5], last.shape);
        Assert.Same(last, new ComputeForm(ScalarType.Float32, IsChannelsLast: true).Enter(last));
        Assert.True(last.allclose(tensor, 0, 0));
    }

    [Theory]
    [InlineData(NetworkGraph.KerasV1)]
    [InlineData(NetworkGraph.TorchvisionV15)]
    public Task InBf16_GradientsAreNearThoseOfFp32_AndFp32Themselves(NetworkGraph graph) => Run(() =>
    {
        var (plain, half) = (Gradients(graph, ComputeForm.Plain), Gradients(graph, new(ScalarType.BFloat16, IsChannelsLast: false)));

        Assert.All(plain, pair => Assert.InRange(Cosine(pair.Value, half[pair.Key]), 0.95, 1.0001));
        Assert.All(half.Values, gradient => Assert.Equal(ScalarType.Float32, gradient.dtype));
        Assert.Contains(plain, pair => !pair.Value.allclose(half[pair.Key], 0, 0));
    });

    /// <summary>Of conv5's weights and batch norms, which train.</summary>
    private static Dictionary<string, Tensor> Gradients(NetworkGraph graph, ComputeForm form)
    {
        var table = LayerTable.For(graph);
        using var weights = new FormulaWeights(table);
        var start = table["conv4_block6_out"].Index;
        var trained = table.Layers.Where(layer => layer.Index > start).SelectMany(layer => layer.Tensors).Where(tensor => !tensor.IsStatistic && tensor.Name.EndsWith(".weight", StringComparison.Ordinal)).ToList();
        foreach (var tensor in trained)
        {
            weights[tensor.Name].requires_grad_();
        }

        using var generator = new Generator(5, CPU);
        var features = randn([8, 1024, 4, 4], generator: generator).relu();
        var pooled = new NetworkSegment(table, start, table.Layers.Length, form).Evaluate(features, weights);
        Assert.Equal(ScalarType.Float32, pooled.dtype);
        (pooled * randn([8, 2048], generator: generator)).sum().backward();
        return trained.ToDictionary(tensor => tensor.Name, tensor => weights[tensor.Name].grad!.clone());
    }

    private static double Cosine(Tensor one, Tensor other)
    {
        var (left, right) = (one.to(ScalarType.Float64).flatten(), other.to(ScalarType.Float64).flatten());
        return (left.dot(right) / (left.norm() * right.norm())).item<double>();
    }

    /// <summary>One torch thread, as a replica has.</summary>
    private static async Task Run(Action work)
    {
        using var thread = new DeviceThread("form-tests", torchThreads: 1);
        await thread.RunAsync(() =>
        {
            using var scope = NewDisposeScope();
            work();
        });
    }
}
