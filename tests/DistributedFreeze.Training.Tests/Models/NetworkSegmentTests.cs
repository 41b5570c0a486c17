using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Native;
using DistributedFreeze.Training.Replicas;
using TorchSharp;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Models;

/// <summary>What the laws take for granted of a segment: the same image gives the same bits, and nothing but the result changes.</summary>
[Slow]
public sealed class NetworkSegmentTests(NetworkSegmentTests.Network network) : IClassFixture<NetworkSegmentTests.Network>
{
    private const int Block = 8;
    private const int Size = 33;

    [Theory]
    [InlineData(NetworkGraph.KerasV1)]
    [InlineData(NetworkGraph.TorchvisionV15)]
    public Task AnImagesFeatures_HaveTheSameBitsWhereverItStandsInABlock(NetworkGraph graph) => network.Run(() =>
    {
        var table = LayerTable.For(graph);
        var whole = new NetworkSegment(table, 0, table.Layers.Length);
        var images = FormulaWeights.Input(Block, Size);
        var expected = Bits(whole.Evaluate(images, network[graph]));

        for (var shift = 1; shift < Block; shift += 3)
        {
            var moved = Bits(whole.Evaluate(images.roll(shift, 0L), network[graph]));

            Assert.All(Enumerable.Range(0, Block), image => Assert.Equal(expected[image], moved[(image + shift) % Block]));
        }
    });

    [Fact]
    public Task AnImagesFeatures_HaveTheSameBitsWhateverItsNeighboursAre() => network.Run(() =>
    {
        var table = LayerTable.For(NetworkGraph.KerasV1);
        var whole = new NetworkSegment(table, 0, table.Layers.Length);
        var images = FormulaWeights.Input(Block, Size);
        var expected = Bits(whole.Evaluate(images, network[table.Graph]));

        for (var image = 0; image < Block; image += 3)
        {
            var alone = zeros_like(images);
            alone[image].copy_(images[image]);
            var other = images.clone().Scale(-50);
            other[image].copy_(images[image]);

            Assert.Equal(expected[image], Bits(whole.Evaluate(alone, network[table.Graph]))[image]);
            Assert.Equal(expected[image], Bits(whole.Evaluate(other, network[table.Graph]))[image]);
        }
    });

    [Theory]
    [InlineData(NetworkGraph.KerasV1)]
    [InlineData(NetworkGraph.TorchvisionV15)]
    public Task ASegmentSplitAtACut_GivesTheBitsOfTheWhole(NetworkGraph graph) => network.Run(() =>
    {
        var table = LayerTable.For(graph);
        var input = FormulaWeights.Input(2, Size);
        var expected = Bits(new NetworkSegment(table, 0, table.Layers.Length).Evaluate(input, network[graph]));
        var cuts = Freezing.Masks.CutTensors.Of(table);

        foreach (var cut in cuts.Where((_, i) => i < 8 || i % 5 == 0).Append(cuts[^2]).Append(cuts[^1]))
        {
            var boundary = new NetworkSegment(table, 0, cut).Evaluate(input, network[graph]);
            var before = Bits(boundary);
            var split = new NetworkSegment(table, cut, table.Layers.Length).Evaluate(boundary, network[graph]);

            Assert.Equal(expected, Bits(split));
            Assert.Equal(before, Bits(boundary));
        }
    });

    [Fact]
    public Task TheInputOfASegment_IsNeverChanged() => network.Run(() =>
    {
        var table = LayerTable.For(NetworkGraph.KerasV1);
        var shapes = table.ShapesAt(Size);
        foreach (var cut in Freezing.Masks.CutTensors.Of(table))
        {
            var (height, width, channels) = shapes[cut];
            var input = randn(1, channels, height, width);
            var copy = input.clone();

            new NetworkSegment(table, cut, Math.Min(cut + 12, table.Layers.Length)).Evaluate(input, network[table.Graph]);

            Assert.Equal(Bits(copy), Bits(input));
            Assert.False(input.IsInvalid);
        }
    });

    [Fact]
    public Task AnEmptySegment_GivesItsInput() => network.Run(() =>
    {
        var table = LayerTable.For(NetworkGraph.KerasV1);
        var input = zeros(1, 2048, 2, 2);

        Assert.Same(input, new NetworkSegment(table, 174, 174).Evaluate(input, network[table.Graph]));
    });

    [Fact]
    public Task Evaluate_KeepsNothingButItsResult() => network.Run(() =>
    {
        var table = LayerTable.For(NetworkGraph.KerasV1);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        using var features = new NetworkSegment(table, 0, table.Layers.Length).Evaluate(FormulaWeights.Input(1, Size), network[table.Graph]);

        Assert.InRange(DisposeScopeManager.Statistics.ThreadTotalLiveCount - before, 1, 2);
    });

    [Theory]
    [InlineData(-1, 5)]
    [InlineData(5, 4)]
    [InlineData(0, 176)]
    public void ASegmentOutsideTheTable_IsRefused(int start, int end) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new NetworkSegment(LayerTable.For(NetworkGraph.KerasV1), start, end));

    /// <summary>One row of bits per image.</summary>
    private static int[][] Bits(Tensor values)
    {
        var rows = values.contiguous().data<float>().ToArray();
        return [.. rows.Select(BitConverter.SingleToInt32Bits).Chunk(rows.Length / (int)values.shape[0])];
    }

    /// <summary>The formula's weights for both graphs, on one thread with one torch thread as a replica has.</summary>
    public sealed class Network : IDisposable
    {
        private readonly DeviceThread _thread = new("segment-tests", torchThreads: 1);
        private readonly FormulaWeights _keras = new(LayerTable.For(NetworkGraph.KerasV1));
        private readonly FormulaWeights _torchvision = new(LayerTable.For(NetworkGraph.TorchvisionV15));

        internal ILayerWeights this[NetworkGraph graph] => graph == NetworkGraph.KerasV1 ? _keras : _torchvision;

        internal Task Run(Action work) => _thread.RunAsync(() =>
        {
            using var scope = NewDisposeScope();
            using var noGradient = no_grad();
            work();
        });

        public void Dispose()
        {
            _thread.Dispose();
            _keras.Dispose();
            _torchvision.Dispose();
        }
    }
}
