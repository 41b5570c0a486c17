using System.Globalization;
using System.IO.Compression;
using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;
using PureHDF;

namespace DistributedFreeze.Training.Weights;

/// <summary>Files as Keras 3's <c>save_weights</c> writes them (keras/src/saving/saving_lib.py), every number of a tensor telling its layer.</summary>
public sealed class Keras3FileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private LayerTable _table = LayerTable.For(NetworkGraph.KerasV1);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("layers", false, 1)] // Keras 3.0 to 3.4: class names in the order of model.layers
    [InlineData("layers", true, 1)] // since 3.5 the layer's own name stands beside
    [InlineData("layers/functional/layers", false, 1)] // a base within another model
    [InlineData("layers/functional/layers", true, 1)]
    [InlineData("_layer_checkpoint_dependencies", false, 2)] // Keras 2.12: every layer is counted twice
    public void TheBase_IsFoundByNameOrByOrder(string container, bool named, int step)
    {
        var path = Store(container, (layer, number) => ClassName(layer, step * number), named);

        AssertIsTheBase(path);
    }

    [Theory]
    [InlineData(ModelArchitecture.ResNet101)]
    [InlineData(ModelArchitecture.ResNet152)]
    public void ALargerNetwork_IsFoundByOrder_TellingItselfByItsNumbers(ModelArchitecture architecture)
    {
        _table = LayerTable.For(NetworkGraph.KerasV1, architecture);

        AssertIsTheBase(Store("layers", ClassName, named: false));
    }

    [Fact]
    public void TheLayersOwnNames_DoAsWell() => AssertIsTheBase(Store("layers", (layer, _) => layer.Name, named: false));

    [Fact]
    public void AWholeArchive_IsReadInPlace()
    {
        var archive = _folder.In("whole.keras");
        using (var zip = ZipFile.Open(archive, ZipArchiveMode.Create))
        {
            zip.CreateEntryFromFile(Store("layers", (layer, number) => ClassName(layer, number), named: true), "model.weights.h5", CompressionLevel.NoCompression);
        }

        AssertIsTheBase(archive);
    }

    [Fact]
    public void AnArchiveWithoutWeights_SaysSo()
    {
        var archive = _folder.In("none.keras");
        using (var zip = ZipFile.Open(archive, ZipArchiveMode.Create))
        {
            zip.CreateEntry("config.json");
        }

        var e = Assert.Throws<InvalidInputException>(() => WeightsFile.Open(archive));

        Assert.Contains("it holds no uncompressed model.weights.h5", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AConvolutionMore_MakesItAnotherNetwork()
    {
        var path = Store("layers", (layer, number) => ClassName(layer, number), named: false, ("conv2d_53", [new float[1, 1, 1, 1], new float[1]]));

        var e = Assert.Throws<InvalidInputException>(() => Compare(path));

        Assert.Contains("106 missing of 318: conv1_conv.bias", e.Message, StringComparison.Ordinal);
        Assert.InRange(e.Problems.Length, 2, 6);
    }

    private static string ClassName(Layer layer, int number) =>
        (layer.Kind == LayerKind.Convolution ? "conv2d" : "batch_normalization") + (number == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"_{number}"));

    private void AssertIsTheBase(string path)
    {
        var others = Compare(path);

        using var file = WeightsFile.Open(path);
        foreach (var (index, layer) in Weighted().Index())
        {
            Assert.All(layer.Tensors, tensor => Assert.Equal(index, file.Read(tensor.Name)[0]));
        }

        Assert.Equal([7f, 8f, 9f], file.Read("layers.dense.weight")); // (in, out) turned
        Assert.Equal(2, others);
        Assert.Equal("layers/dense/vars/0", file.NameInFile("layers.dense.weight"));
        Assert.DoesNotContain(file.Tensors, info => info.Name.Contains("optimizer", StringComparison.Ordinal));
    }

    private int Compare(string path)
    {
        using var file = WeightsFile.Open(path);

        // Every size is 1 here, so that a file of the whole network is small.
        return WeightsCheck.Compare(Weighted().SelectMany(layer => layer.Tensors).Select(tensor => tensor with { Shape = [.. tensor.Shape.Select(_ => 1L)] }), file).Length;
    }

    private IEnumerable<Layer> Weighted() => _table.Layers.Where(layer => layer.HasParameters);

    private string Store(string container, Func<Layer, int, string> key, bool named, params (string Key, object[] Variables)[] others)
    {
        var layers = new H5Group();
        var numbers = new Dictionary<LayerKind, int>();
        foreach (var (index, layer) in Weighted().Index())
        {
            var number = numbers.GetValueOrDefault(layer.Kind);
            numbers[layer.Kind] = number + 1;
            object[] variables = layer.Kind == LayerKind.Convolution
                ? [new float[1, 1, 1, 1] { { { { index } } } }, new float[] { index }]
                : [.. Enumerable.Repeat<object>(new float[] { index }, 4)];
            layers[key(layer, number)] = new H5Group { ["vars"] = Variables(variables, named ? layer.Name : null) };
        }

        foreach (var (other, variables) in others)
        {
            layers[other] = new H5Group { ["vars"] = Variables(variables, null) };
        }

        var dense = new H5Group { ["vars"] = Variables([new float[3, 1] { { 7 }, { 8 }, { 9 } }, new float[1]], named ? "dense_2" : null) };
        var file = new H5File { ["optimizer"] = new H5Group { ["vars"] = new H5Group { ["0"] = new long[] { 5 } } } };
        var path = container.Split('/');
        if (path.Length == 1)
        {
            layers["dense"] = dense;
            file[container] = layers;
        }
        else
        {
            file["layers"] = new H5Group { [path[1]] = new H5Group { [path[2]] = layers }, ["dense"] = dense };
        }

        if (container != "layers" && path.Length == 1)
        {
            layers.Remove("dense");
            file["layers"] = new H5Group { ["dense"] = dense };
        }

        var name = _folder.In("base.weights.h5");
        file.Write(name);
        return name;
    }

    private static H5Group Variables(object[] variables, string? name)
    {
        var group = new H5Group();
        foreach (var (index, variable) in variables.Index())
        {
            group[index.ToString(CultureInfo.InvariantCulture)] = variable;
        }

        if (name is not null)
        {
            group.Attributes["name"] = name;
        }

        return group;
    }
}
