using static TorchSharp.torch;

namespace DistributedFreeze.Training.Steps;

/// <summary>Why freezing is the structure of the work here, and not a flag on a parameter.</summary>
[Collection(nameof(Alone))]
public sealed class NaiveFreezingTests
{
    [Fact]
    public void TheNaiveWay_MovesFrozenWeightsAndStatistics()
    {
        using var scope = NewDisposeScope();
        var convolution = nn.Conv2d(3, 4, 3);
        var normalization = nn.BatchNorm2d(4);
        var network = nn.Sequential(("conv", convolution), ("bn", normalization), ("flatten", nn.Flatten()), ("head", nn.Linear(4 * 6 * 6, 2)));
        using var optimizer = optim.SGD(network.parameters(), 0.1, momentum: 0.9, weight_decay: 0.01);
        Step();

        // What a flag on a parameter is taken to mean by many: this layer no longer trains.
        foreach (var parameter in convolution.parameters().Concat(normalization.parameters()))
        {
            parameter.requires_grad_(false);
        }

        normalization.eval();
        var weight = Copy(convolution.weight);
        var scale = Copy(normalization.weight!);
        var mean = Copy(normalization.running_mean!);
        var variance = Copy(normalization.running_var!);
        Step();

        Assert.NotEqual(weight, Copy(convolution.weight));
        Assert.NotEqual(scale, Copy(normalization.weight!));
        Assert.NotEqual(mean, Copy(normalization.running_mean!));
        Assert.NotEqual(variance, Copy(normalization.running_var!));

        void Step()
        {
            network.train();
            optimizer.zero_grad();
            nn.functional.cross_entropy(network.forward(randn(5, 3, 8, 8)), tensor(new long[] { 0, 1, 0, 1, 0 })).backward();
            optimizer.step();
        }

        static float[] Copy(Tensor values) => values.detach().data<float>().ToArray();
    }
}
