using System.Collections.Immutable;
using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Weights;

public sealed class WeightsCheckTests
{
    [Fact]
    public void Compare_GivesWhatStandsBesideTheBase() => Assert.Equal(
        ["dense.bias", "predictions.bias"],
        WeightsCheck.Compare([Spec("a.weight", 2, 3)], new ListedFile(Info("predictions.bias", 9), Info("a.weight", 2, 3), Info("dense.bias", 4)))
            .Select(info => info.Name));

    [Fact]
    public void Compare_SaysWhatTheFileHasAndWhatWouldBeRight()
    {
        var e = Assert.Throws<InvalidInputException>(() => WeightsCheck.Compare(
            [Spec("a.weight", 2, 3), Spec("b.weight", 1)], new ListedFile(Info("a.weight", 3, 2), Info("conv9_c.weight", 7))));

        Assert.Equal(
            [
                "listed.h5 does not fit the network",
                "1 of another shape: a.weight is (3, 2), (2, 3) would be right",
                "1 missing of 2: b.weight (1)",
                "1 not of this network: conv9_c.weight (7)",
                "2 tensors of the file: a.weight (3, 2); conv9_c.weight (7)",
            ],
            e.Problems.Select(problem => problem.Message));
        Assert.All(e.Problems, problem => Assert.Equal("model.weights", problem.Field));
    }

    [Fact]
    public void Compare_CountsTheRest()
    {
        var e = Assert.Throws<InvalidInputException>(() => WeightsCheck.Compare(
            Enumerable.Range(0, 53).Select(i => Spec($"l{i:00}.bias", 1)), new ListedFile(Info("x", 1))));

        Assert.Equal("53 missing of 53: l00.bias (1); l01.bias (1); l02.bias (1); and 50 more", e.Problems[1].Message);
        Assert.Contains("none of its names is", e.Problems[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OfWhatIsBehindTheLastInput_AFileHasAllOrNothing()
    {
        var spec = new ModelSpec { Graph = NetworkGraph.TorchvisionV15, Architecture = ModelArchitecture.ResNet101, Head = new() { Inputs = ["conv4_block6_out"] } };
        var table = LayerTable.For(spec);

        Assert.Empty(WeightsCheck.Compare(table, FileOf(table)));
        Assert.Empty(WeightsCheck.Compare(table, FileOf(table.Whole)));
        var other = Assert.Throws<InvalidInputException>(() => WeightsCheck.Compare(table, FileOf(LayerTable.For(NetworkGraph.TorchvisionV15))));
        Assert.Contains("it is probably a ResNet50", other.Problems[0].Message, StringComparison.Ordinal);

        static ListedFile FileOf(LayerTable table) => new([.. table.Layers.SelectMany(layer => layer.Tensors).Select(tensor => new TensorInfo(tensor.Name, "F32", tensor.Shape))]);
    }

    [Theory]
    [InlineData("conv1_conv.weight", "conv1_conv.weight conv1_conv.bias", "`model.graph: torchvision-v1.5`")]
    [InlineData("conv1_conv.weight conv1_conv.bias", "conv1_conv.weight", "`model.graph: keras-v1`")]
    public void Compare_GuessesWhatItIsInstead(string has, string wants, string expected)
    {
        var e = Assert.Throws<InvalidInputException>(() => WeightsCheck.Compare(
            wants.Split(' ').Select(name => Spec(name, 1)), new ListedFile([.. has.Split(' ').Select(name => Info(name, 1))])));

        Assert.Contains(expected, e.Problems[0].Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ModelArchitecture.ResNet101, NetworkGraph.TorchvisionV15, "; it is probably a ResNet101: `model.architecture: resnet101`")]
    [InlineData(ModelArchitecture.ResNet101, NetworkGraph.KerasV1, "; it is probably a ResNet101: `model.architecture: resnet101` and `model.graph: keras-v1`")]
    [InlineData(ModelArchitecture.ResNet18, NetworkGraph.TorchvisionV15, "; it is probably a ResNet18: `model.architecture: resnet18`")]
    [InlineData(ModelArchitecture.WideResNet50x2, NetworkGraph.TorchvisionV15, "; it is probably a Wide ResNet50-2: `model.architecture: wide-resnet50-2`")]
    [InlineData(ModelArchitecture.ResNet50, NetworkGraph.KerasV1, "; its convolutions have a bias, so it is probably for Keras's graph: `model.graph: keras-v1`")]
    [InlineData(ModelArchitecture.ResNet50, NetworkGraph.TorchvisionV15, "")]
    public void Compare_KnowsTheFamily_AlsoWhereATensorIsMissing(ModelArchitecture architecture, NetworkGraph graph, string expected)
    {
        var has = LayerTable.For(graph, architecture).Layers.SelectMany(layer => layer.Tensors).Select(tensor => Info(tensor.Name, [.. tensor.Shape])).Skip(1);
        var wants = LayerTable.For(NetworkGraph.TorchvisionV15).Layers.SelectMany(layer => layer.Tensors);

        var e = Assert.Throws<InvalidInputException>(() => WeightsCheck.Compare(wants, new ListedFile([.. has])));

        Assert.Equal($"listed.h5 does not fit the network{expected}", e.Problems[0].Message);
    }

    [Fact]
    public void ASummary_SaysWhichNetworkAFileIsOf() => Assert.All(LayerTable.All, table =>
    {
        ImmutableArray<TensorInfo> tensors = [.. table.Layers.SelectMany(layer => layer.Tensors).Select(tensor => Info(tensor.Name, [.. tensor.Shape]))];

        var whole = WeightsSummary.Of(new ListedFile([.. tensors, Info("predictions.weight", 4, 1)]));
        var broken = WeightsSummary.Of(new ListedFile([.. tensors.Skip(1)]));

        Assert.Same(table, whole.Table);
        Assert.Equal("predictions.weight", Assert.Single(whole.Others).Name);
        Assert.Null(broken.Table);
        Assert.Contains($"1 missing of {tensors.Length}: {tensors[0].Name}", broken.Problems[1], StringComparison.Ordinal);
    });

    private static TensorSpec Spec(string name, params long[] shape) => new(name, [.. shape], IsStatistic: false);

    private static TensorInfo Info(string name, params long[] shape) => new(name, "F32", [.. shape]);

    private sealed class ListedFile(params TensorInfo[] tensors) : ITensorFile
    {
        public string Path => "listed.h5";

        public string Format => "list";

        public IReadOnlyDictionary<string, string> Metadata => ImmutableDictionary<string, string>.Empty;

        public IReadOnlyList<TensorInfo> Tensors => tensors;

        public void Read(string name, Span<float> destination) => throw new NotSupportedException();

        public void Dispose()
        {
        }
    }
}
