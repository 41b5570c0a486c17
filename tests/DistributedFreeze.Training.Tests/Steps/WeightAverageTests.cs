using static TorchSharp.torch;

namespace DistributedFreeze.Training.Steps;

public sealed class WeightAverageTests
{
    /// <summary>
    /// /usr/bin/python3 (PyTorch 1.13): AveragedModel(model, avg_fn=lambda average, now, n: 0.75 * average + 0.25 * now), update_parameters after each step of a model whose one
    /// weight is 8, 16, 4: its average is 8, 10, 8.5.
    /// </summary>
    [Fact]
    public void TheAverage_IsTheWeightsAfterTheFirstStep_AndFollowsThemThen()
    {
        using var scope = NewDisposeScope();
        var weights = tensor([0f]);
        using var average = new WeightAverage(weights, 0.75);

        Assert.Equal([8f, 10, 8.5f], ((float[])[8, 16, 4]).Select((weight, step) =>
        {
            weights.fill_(weight);
            average.Follow(step);
            return Assert.Single(average.State).Values[0].item<float>();
        }));
    }

    [Fact]
    public void WhileItStandsIn_TheWeightsAreTheAverage_AndThenThemselvesAgain()
    {
        using var scope = NewDisposeScope();
        var weights = tensor([8f]);
        using var average = new WeightAverage(weights, 0.75);
        weights.fill_(16);

        using (average.StandIn())
        {
            Assert.Equal(8, weights[0].item<float>());
        }

        Assert.Equal(16, weights[0].item<float>());
        average.Become();
        Assert.Equal(8, weights[0].item<float>());
    }
}
