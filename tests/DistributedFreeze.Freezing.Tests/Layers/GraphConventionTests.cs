using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Tests.Layers;

public sealed class GraphConventionTests
{
    [Theory]
    [InlineData(NetworkGraph.KerasV1, Preprocessing.Caffe)]
    [InlineData(NetworkGraph.TorchvisionV15, Preprocessing.Torch)]
    public void A_graph_expects_what_its_own_weights_were_trained_with(NetworkGraph graph, Preprocessing expected) =>
        Assert.Equal(expected, GraphConvention.Of(graph).Preprocessing);

    [Fact]
    public void Every_graph_has_a_convention_and_a_ResNet50() => Assert.All(
        Enum.GetValues<NetworkGraph>(), graph => Assert.Contains(ModelArchitecture.ResNet50, GraphConvention.Of(graph).Architectures));

    [Fact]
    public void An_undefined_graph_has_none() => Assert.Throws<ArgumentOutOfRangeException>(() => GraphConvention.Of((NetworkGraph)7));
}
