using DistributedFreeze.Freezing.Layers;

namespace DistributedFreeze.Training.Models;

public sealed class InheritedHeadTests
{
    private static readonly Dictionary<string, float[]> Trained = new(StringComparer.Ordinal)
    {
        ["head.0.weight"] = [1, 2, 3, 4],
        ["head.1.weight"] = [10, 11, 20, 21],
        ["head.1.bias"] = [5, 6],
    };

    /// <summary>Of hidden layers nothing depends on the classes; the owl is new and comes first, so that the others' numbers change.</summary>
    [Theory]
    [InlineData("head.0.weight", new[] { 2, 2 }, false, new[] { 1f, 2, 3, 4 })]
    [InlineData("head.1.weight", new[] { 4, 2 }, true, new[] { -1f, -1, 20, 21, 10, 11, -1, -1 })]
    [InlineData("head.1.bias", new[] { 4 }, true, new[] { -1f, 6, 5, -1 })]
    public void AClass_KeepsItsRowByItsName(string name, int[] shape, bool isOfClasses, float[] expected)
    {
        var head = new InheritedHead(Trained, ["cat", "ape"], ["aal", "ape", "cat", "owl"]);
        var tensor = new TensorSpec(name, [.. shape.Select(size => (long)size)], IsStatistic: false);
        var values = new float[tensor.Elements];
        Array.Fill(values, -1);

        head.CopyTo(tensor, isOfClasses, values);

        Assert.Equal(expected, values);
    }
}
