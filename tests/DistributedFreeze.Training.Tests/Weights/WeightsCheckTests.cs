using System.Collections.Immutable;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Layers;

namespace DistributedFreeze.Training.Weights;

public sealed class WeightsCheckTests
{
    [Fact]
    public void Compare_AcceptsAFileThatFits() =>
        WeightsCheck.Compare([Spec("a.weight", 2, 3)], new ListedFile(Info("predictions.bias", 9), Info("a.weight", 2, 3)), name => name.StartsWith("pred", StringComparison.Ordinal));

    [Fact]
    public void Compare_NamesEveryDifference()
    {
        var e = Assert.Throws<InvalidInputException>(() => WeightsCheck.Compare(
            [Spec("a.weight", 2, 3), Spec("b.weight", 1)], new ListedFile(Info("a.weight", 3, 2), Info("c.weight", 7))));

        Assert.Equal(
            [
                "listed.h5 does not fit the network in 3 of its tensors",
                "a.weight has shape (3, 2), (2, 3) would be right",
                "b.weight (1) is missing",
                "c.weight (7) is unknown to the network",
            ],
            e.Problems.Select(problem => problem.Message));
        Assert.All(e.Problems, problem => Assert.Equal("model.weights", problem.Field));
    }

    [Fact]
    public void Compare_CountsTheRest()
    {
        var e = Assert.Throws<InvalidInputException>(() => WeightsCheck.Compare(
            Enumerable.Range(0, 53).Select(i => Spec($"l{i}.bias", 1)), new ListedFile()));

        Assert.Equal(22, e.Problems.Length);
        Assert.Equal("and 33 more", e.Problems[^1].Message);
    }

    [Theory]
    [InlineData(true, false, "torchvision's graph (v1.5), not")]
    [InlineData(false, true, "Keras's graph (v1), not")]
    public void Compare_GuessesTheOtherGraphFromTheBiases(bool expectsBias, bool hasBias, string expected)
    {
        TensorSpec[] specs = [Spec("conv1_conv.weight", 1), .. expectsBias ? [Spec("conv1_conv.bias", 1)] : Array.Empty<TensorSpec>()];
        TensorInfo[] infos = [Info("conv1_conv.weight", 1), .. hasBias ? [Info("conv1_conv.bias", 1)] : Array.Empty<TensorInfo>()];

        var e = Assert.Throws<InvalidInputException>(() => WeightsCheck.Compare(specs, new ListedFile(infos)));

        Assert.Contains($"probably for {expected}", e.Problems[0].Message, StringComparison.Ordinal);
    }

    private static TensorSpec Spec(string name, params long[] shape) => new(name, [.. shape], IsStatistic: false);

    private static TensorInfo Info(string name, params long[] shape) => new(name, "F32", [.. shape]);

    private sealed class ListedFile(params TensorInfo[] tensors) : ITensorFile
    {
        public string Path => "listed.h5";

        public IReadOnlyDictionary<string, string> Metadata => ImmutableDictionary<string, string>.Empty;

        public IReadOnlyList<TensorInfo> Tensors => tensors;

        public void Read(string name, Span<float> destination) => throw new NotSupportedException();

        public void Dispose()
        {
        }
    }
}
