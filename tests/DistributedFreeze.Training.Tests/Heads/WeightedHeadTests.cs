using DistributedFreeze.Freezing;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Policies;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Steps;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Heads;

/// <summary>The head in plain loops with weights of classes and smoothed labels, against torch's cross-entropy and its derivatives.</summary>
public sealed class WeightedHeadTests
{
    private const int Images = 5;
    private const int Classes = 3;
    private static readonly LayerTable Table = LayerTable.For(NetworkGraph.KerasV1);
    private static readonly HeadLayers Head = HeadLayers.Create(new(), Classes, inFeatures: 2048);
    private static readonly int[] Labels = [0, 2, 2, 1, 2];
    private static readonly int[] Others = [1, 2, 0, 0, 1];
    private static readonly float[] Weights = [2.5f, 1, 0.5f];

    [Theory]
    [InlineData(true, 0, 1)]
    [InlineData(false, 0.1, 1)]
    [InlineData(true, 0.1, 1)]
    [InlineData(true, 0.9, 1)]
    [InlineData(false, 0, 0.3f)]
    [InlineData(true, 0.1, 0.8f)]
    public void TheLossAndItsGradient_AreTorchs(bool isWeighted, double smoothing, float share)
    {
        var weights = isWeighted ? Weights : null;
        using var scope = NewDisposeScope();
        var layout = new ParameterLayout(Table, FreezePolicyResolver.Resolve(new FreezePolicy.None(), Table, "freeze"), Head.Tensors, BatchNormMode.Inference);
        var head = new DenseHead(Head, layout, Images);
        var random = new Random(5);
        var parameters = Enumerable.Range(0, layout.ParameterCount).Select(_ => (float)random.NextDouble() - 0.5f).ToArray();
        var features = Enumerable.Range(0, head.Features.Length).Select(_ => (float)random.NextDouble()).ToArray();
        features.CopyTo(head.Features);
        var gradient = new float[layout.ParameterCount];

        head.Forward(parameters, Images, dropout: null);
        var (loss, correct) = head.Backward(parameters, Labels, dropout: null, weights, smoothing, share < 1 ? Others : [], share < 1 ? [share, share, share, share, share] : []);
        head.CopyGradient(0, gradient);

        var flat = tensor(parameters, requires_grad: true);
        var (weight, bias) = (layout.Parameters.Single(slot => slot.Name == "head.0.weight"), layout.Parameters.Single(slot => slot.Name == "head.0.bias"));
        var logits = nn.functional.linear(
            tensor(features).view(Images, -1), flat.narrow(0, weight.Offset, weight.Length).view(Classes, -1), flat.narrow(0, bias.Offset, bias.Length));
        var expected = share * CrossEntropy(Labels) + (1 - share) * CrossEntropy(Others);
        expected.backward();
        Assert.Equal(logits.argmax(1).eq(tensor(share < 0.5 ? Others : Labels)).sum().item<long>(), correct);
        Assert.Equal(expected.item<float>(), loss, 1e-4f);
        Assert.True((flat.grad! - tensor(gradient)).abs().max().item<float>() < 1e-4f);

        Tensor CrossEntropy(int[] labels) => nn.functional.cross_entropy(
            logits, tensor(labels, ScalarType.Int64), weights is null ? null : tensor(weights), reduction: nn.Reduction.Sum, label_smoothing: smoothing);
    }
}
