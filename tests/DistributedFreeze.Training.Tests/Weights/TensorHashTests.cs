using System.Security.Cryptography;
using DistributedFreeze.Coordination.Tensors;

namespace DistributedFreeze.Training.Weights;

public sealed class TensorHashTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Add_HashesExactlyTheDocumentedBytes()
    {
        using var hash = new TensorHash();
        hash.Add("é", [1, 2], [1f, -0f]);

        byte[] documented =
        [
            2, 0, 0, 0, 0xc3, 0xa9,
            3, 0, 0, 0, (byte)'F', (byte)'3', (byte)'2',
            2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0,
            0, 0, 0x80, 0x3f, 0, 0, 0, 0x80,
        ];
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(documented)), hash.Finish());
    }

    [Fact]
    public void Add_RefusesNamesOutOfOrderAndWrongShapes()
    {
        using var hash = new TensorHash();
        hash.Add("b", [1], [1f]);

        Assert.Throws<ArgumentException>(() => hash.Add("b", [1], [1f]));
        Assert.Throws<ArgumentException>(() => hash.Add("B", [1], [1f]));
        Assert.Throws<ArgumentException>(() => hash.Add("c", [2], [1f]));
        hash.Finish();
        hash.Add("a", [1], [1f]);
    }

    [Fact]
    public void EveryPartCounts()
    {
        string[] hashes =
        [
            Hash("a", [2], [1, 2]), Hash("b", [2], [1, 2]), Hash("a", [1, 2], [1, 2]), Hash("a", [2], [1, 3]), Hash("a", [2], [0, 0]), Hash("a", [2], [0, -0f]),
        ];

        Assert.Distinct(hashes);
    }

    [Fact]
    public void OfAFile_DependsOnTheTensorsAlone()
    {
        using var file = Open("one", [("a.bias", 1), ("a.weight", 2), ("ab.weight", 3)], "now");
        using var other = Open("two", [("ab.weight", 3), ("a.weight", 2), ("a.bias", 1)], "later");

        Assert.Equal(ModelHash.Of(file), ModelHash.Of(other));
        Assert.NotEqual(ModelHash.Of(file), LayerHash.Of(file, "a"));
        Assert.Equal(Hash("ab.weight", [1], [3]), LayerHash.Of(other, "ab"));
    }

    [Fact]
    public void OfTheRealFile_IsTheSameInBothFormats()
    {
        using var keras = WeightsFile.Open(SharedFolder.Require("data/weights/resnet50_keras_v1.h5"));
        var path = _folder.In("copy.safetensors");
        using (var writer = new SafetensorsWriter(path, keras.Tensors))
        {
            foreach (var info in keras.Tensors)
            {
                writer.Write(info.Name, keras.Read(info.Name));
            }

            writer.Commit();
        }

        using var copy = WeightsFile.Open(path);
        Assert.Equal(ModelHash.Of(keras), ModelHash.Of(copy));
    }

    private static string Hash(string name, long[] shape, float[] values)
    {
        using var hash = new TensorHash();
        hash.Add(name, shape, values);
        return hash.Finish();
    }

    private SafetensorsFile Open(string file, (string Name, float Value)[] tensors, string when)
    {
        using (var writer = new SafetensorsWriter(
            _folder.In(file), tensors.Select(tensor => new TensorInfo(tensor.Name, "F32", [1])), new Dictionary<string, string> { ["when"] = when }))
        {
            foreach (var (name, value) in tensors)
            {
                writer.Write(name, [value]);
            }

            writer.Commit();
        }

        return SafetensorsFile.Open(_folder.In(file));
    }
}
