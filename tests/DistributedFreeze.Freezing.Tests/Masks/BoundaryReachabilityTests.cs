using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Masks;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Tests.Masks;

/// <summary>Checks boundaries against plain searches of the graph, which know nothing of the table's order.</summary>
public sealed class BoundaryReachabilityTests
{
    [Theory]
    [InlineData(NetworkGraph.KerasV1, ModelArchitecture.ResNet50)]
    [InlineData(NetworkGraph.TorchvisionV15, ModelArchitecture.ResNet50)]
    [InlineData(NetworkGraph.TorchvisionV15, ModelArchitecture.ResNet18)]
    public void Boundaries_of_random_masks_are_those_that_searching_the_graph_finds(NetworkGraph graph, ModelArchitecture architecture)
    {
        var table = LayerTable.For(graph, architecture);
        var output = table.Layers.Length - 1;
        var children = table.Layers.Select(layer =>
            table.Layers.Where(other => other.Parents.Contains(layer.Index)).Select(other => other.Index).ToArray()).ToArray();
        var descendants = Enumerable.Range(0, table.Layers.Length).Select(layer => Reach(children, layer, without: -1)).ToArray();
        var unavoidable = Enumerable.Range(0, table.Layers.Length)
            .Where(layer => layer == output || layer == 0 || !Reach(children, 0, without: layer).Contains(output)).ToArray();
        var random = new Random(5);

        for (var trial = 0; trial < 2_000; trial++)
        {
            // Few open layers in most masks, since many would all have their boundary at the very start.
            var share = Math.Pow(random.NextDouble(), 6);
            var mask = new FreezeMask(table, [.. table.Layers.Select(_ => random.NextDouble() < share)]);
            var open = table.Layers.Where(layer => layer.HasParameters && mask.Trainable[layer.Index])
                .Select(layer => layer.Index).ToArray();

            // The latest is the one from which the fewest layers can be reached.
            var expected = open.Length == 0
                ? table.Layers.Length
                : unavoidable.Where(cut => open.All(layer => layer != cut && descendants[cut].Contains(layer)))
                    .MinBy(cut => descendants[cut].Count);

            var found = Boundary.Of(table, mask);
            Assert.Equal(expected, found.Index);
            Assert.Equal(
                expected == table.Layers.Length ? [] : descendants[expected].Where(layer => layer != expected).Order(),
                found.TailLayers);
        }
    }

    private static HashSet<int> Reach(int[][] children, int from, int without)
    {
        var seen = new HashSet<int>();
        var open = new Stack<int>([from]);
        while (open.TryPop(out var layer))
        {
            if (layer != without && seen.Add(layer))
            {
                Array.ForEach(children[layer], open.Push);
            }
        }

        return seen;
    }
}
