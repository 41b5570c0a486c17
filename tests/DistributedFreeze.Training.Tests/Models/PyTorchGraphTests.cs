using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Models;

/// <summary>Both graphs against PyTorch, at 64 x 64 on the weights and input of <see cref="FormulaWeights"/>.</summary>
/// <remarks>
/// Computed once with PyTorch 1.13 (Debian 12's python3-torch, CPU) from a ResNet50 written out by hand: stem 7x7/2, 3x3/2 max pooling,
/// bottleneck blocks 3, 4, 6, 3. torchvision's v1.5 has the stride on the 3x3 convolution, no bias and epsilon 1e-5; Keras's v1 has it on
/// the first 1x1, biases and 1.001e-5. Both batch norms in inference mode; the result is the mean over height and width. Given are every
/// 128th of image 0's 2,048 features and each image's sum over all.
/// </remarks>
public sealed class PyTorchGraphTests
{
    private const double Tolerance = 1e-3;

    [Fact]
    public void TheTorchvisionGraph_GivesPyTorchsPooledFeatures() => AssertFeatures(
        NetworkGraph.TorchvisionV15,
        [
            0.4110391, 0.02819541, 0, 0.08804244, 0.07154238, 2.418744, 0.9805551, 0.3012931,
            1.0908, 0.02937892, 0.01125142, 1.165792, 0.3168205, 0.6986821, 0.06853609, 0.1442142,
        ],
        [1127.9646, 1072.5017]);

    [Fact]
    public void TheKerasGraph_GivesPyTorchsPooledFeatures() => AssertFeatures(
        NetworkGraph.KerasV1,
        [
            0.3502706, 0.01660071, 0, 0.09965005, 0.06780645, 2.33745, 0.945152, 0.356421,
            0.9617211, 0.0529364, 0, 1.252061, 0.3490456, 0.7081782, 0.04430361, 0.1590907,
        ],
        [1133.1445, 1078.1693]);

    private static void AssertFeatures(NetworkGraph graph, double[] features, double[] sums)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var table = LayerTable.For(graph);
        using var weights = new FormulaWeights(table);

        var pooled = new NetworkSegment(table, 0, table.Layers.Length).Evaluate(FormulaWeights.Input(images: 2, size: 64), weights);

        Assert.Equal([2, 2048], pooled.shape);
        var found = pooled.data<float>().ToArray();
        Assert.All(features.Select((expected, i) => (expected, found[128 * i])), AssertNear);
        Assert.All(sums.Select((expected, image) => (expected, found.Skip(2048 * image).Take(2048).Sum(value => (double)value))), AssertNear);
    }

    private static void AssertNear<T>((double Expected, T Found) pair)
        where T : IConvertible =>
        Assert.InRange(Math.Abs(pair.Found.ToDouble(null) - pair.Expected), 0, Tolerance * Math.Max(pair.Expected, 0.1));
}
