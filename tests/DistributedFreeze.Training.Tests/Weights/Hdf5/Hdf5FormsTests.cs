using DistributedFreeze.Coordination.Tensors;

namespace DistributedFreeze.Training.Weights.Hdf5;

/// <summary>The forms in which the HDF Group's own library writes weights, oldest and newest.</summary>
public sealed class Hdf5FormsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("earliest")]
    [InlineData("latest")]
    public void EveryLayoutGivesTheSameNumbers(string version)
    {
        using var file = Open(version);

        foreach (var (name, shape) in ((string, int[])[])[
            ("c.gz", [7, 5]), ("c.all", [7, 5]), ("c.plain", [7, 5]), ("c.one", [7, 5]), ("c.oneplain", [7, 5]), ("c.implicit", [7, 5]),
            ("c.room", [4, 3]), ("c.compact", [6]), ("c.big", [5]), ("c.deep", [3, 3, 3, 3]), ("conv.weight", [3, 2, 2, 4]), ("conv.bias", [4])])
        {
            Assert.Equal(Turned(shape), file.Read(name));
        }

        Assert.Equal([2.5f, 2.5f, 2.5f], file.Read("c.never"));
        Assert.Equal([1.5f, 1.5f, 1.5f, 1.5f], file.Read("c.neverchunks"));
        Assert.Equal([9f, 9f, 1f, 2f, 9f, 9f], file.Read("c.partly"));
        Assert.Equal([7f], file.Read("c.scalar"));
        Assert.Empty(file.Read("c.empty"));
        Assert.Empty(file.Read("c.null"));
        Assert.Equal(("F16", "F64", "I64"), (file.Find("c.half")!.Type, file.Find("c.double")!.Type, file.Find("c.long")!.Type));
    }

    [Fact]
    public void ManyChunksAreFoundByPages()
    {
        using var file = Open("latest");

        Assert.Equal(Turned([1030]), file.Read("c.paged"));
    }

    [Theory]
    [InlineData("earliest")]
    [InlineData("latest")]
    public void ALayersOwnNameIsReadInBothForms(string version)
    {
        using var file = Open(version);

        // Neither is a layer of the table, so both keep their paths; that they were read shows in their not being refused.
        Assert.Equal("layers/dense/vars/0", file.NameInFile("layers.dense.weight"));
        var reader = Hdf5File.Open(file.Path).NewReader();
        Assert.Equal(("dense_7", "fixed"), (NameOf(reader, "layers", "dense", "vars"), NameOf(reader, "layers", "other", "vars")));
    }

    [Theory]
    [InlineData("dense-earliest", 60)]
    [InlineData("dense-latest", 200)]
    public void LargeGroupsAreReadWhole(string version, int links)
    {
        using var file = Open(version);

        Assert.Equal(links, file.Tensors.Count(tensor => tensor.Name.StartsWith("g.n", StringComparison.Ordinal)));
        Assert.Equal(20, file.Tensors.Count(tensor => tensor.Name.StartsWith("t.layer_number_", StringComparison.Ordinal)));
        Assert.Equal([0f, 1f], file.Read($"g.n{links - 1:000}"));
    }

    private static string? NameOf(Hdf5Reader reader, params string[] path)
    {
        var header = Hdf5ObjectHeader.Read(reader, Hdf5Superblock.RootOf(reader));
        foreach (var name in path)
        {
            header = Hdf5ObjectHeader.Read(reader, Hdf5Links.Of(reader, header)!.Single(link => link.Name == name).Address);
        }

        return Hdf5Attributes.Text(reader, header, "name");
    }

    /// <summary>0, 1, 2 and so on in Keras's order, as Torch orders them.</summary>
    private static float[] Turned(int[] shape)
    {
        var values = Enumerable.Range(0, shape.Aggregate(1, (product, size) => product * size)).Select(i => (float)i).ToArray();
        var turned = new float[values.Length];
        Kernel.ToTorch(values, [.. shape.Select(size => (ulong)size)], turned);
        return turned;
    }

    private KerasH5File Open(string name)
    {
        var path = _folder.In($"{name}.h5");
        File.WriteAllBytes(path, Hdf5Samples.Get(name));
        return KerasH5File.Open(path);
    }
}
