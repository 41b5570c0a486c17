using System.Buffers.Binary;
using System.Text;

namespace DistributedFreeze.Coordination.Tensors;

public sealed class SafetensorsWriterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Write_ComesBackAndLooksAsTheFormatSays()
    {
        var path = _folder.In("a.safetensors");
        using (var writer = new SafetensorsWriter(
            path, [new("z", "F32", [3]), new("ä", "F32", [0, 4]), new("n", "I64", [])], new Dictionary<string, string> { ["b"] = "2", ["a"] = "\"1\"" }))
        {
            writer.Write("n", [42L]);
            writer.Write("ä", ReadOnlySpan<float>.Empty);
            writer.Write("z", [float.NaN, -0f, float.MaxValue]);
            writer.Commit();
        }

        var bytes = File.ReadAllBytes(path);
        var header = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        Assert.Equal(0, header % 8);
        Assert.Matches(
            """^\{"__metadata__":\{"a":.*,"b":"2"\},"n":\{"dtype":"I64","shape":\[\],"data_offsets":\[0,8\]\},"z":\{"dtype":"F32","shape":\[3\],"data_offsets":\[8,20\]\},.*\} *$""",
            Encoding.UTF8.GetString(bytes, 8, header));
        using var file = SafetensorsFile.Open(path);
        Assert.Equal(["n", "z", "ä"], file.Tensors.Select(info => info.Name));
        Assert.Equal([float.NaN, -0f, float.MaxValue], file.Read("z"));
        Assert.Equal([42f], file.Read("n"));
        Assert.Equal("\"1\"", file.Metadata["a"]);
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void TheOrderOfWritingDoesNotChangeTheBytes()
    {
        byte[] Written(string[] order)
        {
            using var writer = new SafetensorsWriter(_folder.In("o"), order.Select(name => new TensorInfo(name, "F32", [1])));
            foreach (var name in order)
            {
                writer.Write(name, [(float)name[0]]);
            }

            writer.Commit();
            return File.ReadAllBytes(_folder.In("o"));
        }

        Assert.Equal(Written(["a", "b", "c"]), Written(["c", "a", "b"]));
    }

    [Fact]
    public void MetadataThatIsKnownLate_TakesThePlaceOfWhatStoodForIt()
    {
        var path = _folder.In("a.safetensors");
        using (var writer = new SafetensorsWriter(path, [new("z", "F32", [2])], new Dictionary<string, string> { ["hash"] = "????????", ["a"] = "b" }))
        {
            writer.Write("z", [1f, 2f]);
            Assert.Throws<ArgumentException>(() => writer.ReplaceMetadata(new Dictionary<string, string> { ["hash"] = new('0', 64), ["a"] = "b" }));
            writer.ReplaceMetadata(new Dictionary<string, string> { ["hash"] = "01234567", ["a"] = "b" });
            writer.Commit();
        }

        using var file = SafetensorsFile.Open(path);
        Assert.Equal("01234567", file.Metadata["hash"]);
        Assert.Equal([1f, 2f], file.Read("z"));
    }

    [Fact]
    public void WithoutCommit_TheFileBeforeStaysAndNothingElse()
    {
        var path = _folder.In("a.safetensors");
        File.WriteAllText(path, "before");

        using (var writer = new SafetensorsWriter(path, [new("a", "F32", [1])]))
        {
            Assert.Throws<InvalidOperationException>(writer.Commit);
            Assert.Equal("before", File.ReadAllText(path));
        }

        Assert.Equal("before", File.ReadAllText(Assert.Single(Directory.GetFiles(_folder.Path))));
    }

    [Fact]
    public void Commit_ReplacesTheFileBefore()
    {
        var path = _folder.In("a.safetensors");
        File.WriteAllText(path, "before");
        using (var writer = new SafetensorsWriter(path, []))
        {
            writer.Commit();
        }

        using var file = SafetensorsFile.Open(path);
        Assert.Empty(file.Tensors);
    }

    [Fact]
    public void Write_RefusesWhatWasNotAnnounced()
    {
        using var writer = new SafetensorsWriter(_folder.In("a"), [new("a", "F32", [2])]);

        Assert.Throws<ArgumentException>(() => writer.Write("b", [1f, 2f]));
        Assert.Throws<ArgumentException>(() => writer.Write("a", [1f]));
        Assert.Throws<ArgumentException>(() => writer.Write("a", [1L, 2L]));
        writer.Write("a", [1f, 2f]);
        Assert.Throws<ArgumentException>(() => writer.Write("a", [1f, 2f]));
    }

    [Theory]
    [InlineData("a", "F32", "a", "F32")]
    [InlineData("a", "F16", "b", "F32")]
    [InlineData("__metadata__", "F32", "b", "F32")]
    public void New_RefusesTensorsThatNoFileCanHold(string first, string firstType, string second, string secondType)
    {
        Assert.Throws<ArgumentException>(() => new SafetensorsWriter(_folder.In("a"), [new(first, firstType, [1]), new(second, secondType, [1])]));
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }
}
