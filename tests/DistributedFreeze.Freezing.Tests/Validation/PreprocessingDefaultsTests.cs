using DistributedFreeze.Freezing.Validation;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Tests.Validation;

public sealed class PreprocessingDefaultsTests
{
    [Theory]
    [InlineData(NetworkGraph.KerasV1, Preprocessing.Caffe)]
    [InlineData(NetworkGraph.TorchvisionV15, Preprocessing.Torch)]
    public void A_graph_expects_what_its_own_weights_were_trained_with(NetworkGraph graph, Preprocessing expected) =>
        Assert.Equal(expected, PreprocessingDefaults.For(graph));

    [Fact]
    public void An_undefined_graph_has_no_default() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => PreprocessingDefaults.For((NetworkGraph)7));
}
