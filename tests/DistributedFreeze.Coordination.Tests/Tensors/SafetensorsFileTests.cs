using System.Buffers.Binary;
using System.Text;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Coordination.Tensors;

public sealed class SafetensorsFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_TakesAFileMadeByHand()
    {
        // One tensor [[1, 2], [3, -0.5]] and metadata, every byte as the format's README says.
        var json = "{\"__metadata__\":{\"by\":\"hand\"},\"a\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]}}   ";
        byte[] bytes =
        [
            (byte)json.Length, 0, 0, 0, 0, 0, 0, 0, .. Encoding.UTF8.GetBytes(json),
            0, 0, 0x80, 0x3f, 0, 0, 0, 0x40, 0, 0, 0x40, 0x40, 0, 0, 0, 0xbf,
        ];

        using var file = SafetensorsFile.Open(Store(bytes));

        var info = Assert.Single(file.Tensors);
        Assert.Equal(("a", "F32", 4L), (info.Name, info.Type, info.Elements));
        Assert.Equal([2L, 2L], info.Shape);
        Assert.Equal([1f, 2f, 3f, -0.5f], file.Read("a"));
        Assert.Equal("hand", file.Metadata["by"]);
    }

    [Theory]
    [InlineData("F16", "003c 00c4", 1f, -4f)]
    [InlineData("BF16", "803f 80c0", 1f, -4f)]
    [InlineData("F64", "000000000000f03f 00000000000010c0", 1f, -4f)]
    [InlineData("I64", "0100000000000000 fcffffffffffffff", 1f, -4f)]
    public void Read_ConvertsOtherTypes(string type, string data, float first, float second)
    {
        var bytes = Convert.FromHexString(data.Replace(" ", "", StringComparison.Ordinal));
        using var file = SafetensorsFile.Open(Store(
            $$$"""{"a":{"dtype":"{{{type}}}","shape":[2],"data_offsets":[0,{{{bytes.Length}}}]}}""", bytes));

        Assert.Equal([first, second], file.Read("a"));
    }

    [Fact]
    public void Read_OfLongsIsExact()
    {
        var path = _folder.In("a.safetensors");
        long[] values = [long.MaxValue - 1, long.MinValue];
        using (var writer = new SafetensorsWriter(path, [new("step", "I64", [2])]))
        {
            writer.Write("step", values);
            writer.Commit();
        }

        using var file = SafetensorsFile.Open(path);
        var read = new long[2];
        file.Read("step", read);

        Assert.Equal(values, read);
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "twice")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}""", 6, "overlaps")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}""", 12, "hole")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 5, "belong to no tensor")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 4, "cut short")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "length of its shape")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}""", 0, "length of its shape")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904,4,0],"data_offsets":[0,0]}}""", 0, "length of its shape")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4, "no size")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", 4, "length of its shape")]
    [InlineData("""{"a":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}}""", 4, "unknown type F31")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1]}}""", 4, "lacks")]
    [InlineData("""{"a":{"dtype":"F32","shape":"1","data_offsets":[0,4]}}""", 4, "where")]
    [InlineData("""{"__metadata__":{"a":1}}""", 0, "where")]
    [InlineData("""{"a":{"dtype":"\ud800","shape":[1],"data_offsets":[0,4]}}""", 4, "JSON")]
    [InlineData("""{} {}""", 0, "JSON")]
    [InlineData("""{"a":""", 0, "JSON")]
    [InlineData("""[]""", 0, "no JSON begins")]
    public void Open_RefusesADamagedHeader(string json, int data, string expected)
    {
        var path = Store(json, new byte[data]);

        var problem = Assert.Single(Assert.Throws<InvalidInputException>(() => SafetensorsFile.Open(path, "model.weights")).Problems);

        Assert.Equal("model.weights", problem.Field);
        Assert.StartsWith(path, problem.Message, StringComparison.Ordinal);
        Assert.Contains(expected, problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(100_000_001)]
    [InlineData(1000)]
    public void Open_RefusesAnInsaneHeaderLength(ulong length)
    {
        var bytes = new byte[200];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);

        Assert.Throws<InvalidInputException>(() => SafetensorsFile.Open(Store(bytes)));
    }

    [Fact]
    public void Open_RefusesEveryCut()
    {
        var whole = WholeFile();
        for (var length = 0; length < whole.Length; length++)
        {
            Assert.Throws<InvalidInputException>(() => SafetensorsFile.Open(Store(whole[..length])));
        }

        SafetensorsFile.Open(Store(whole)).Dispose();
    }

    [Fact]
    public void Open_OfAHeaderWithAnyByteFlippedReadsOrRefuses()
    {
        var whole = WholeFile();
        var refused = 0;
        for (var i = 0; i < 8 + BinaryPrimitives.ReadInt32LittleEndian(whole); i++)
        {
            for (var bit = 0; bit < 8; bit += 3)
            {
                var damaged = (byte[])whole.Clone();
                damaged[i] ^= (byte)(1 << bit);
                try
                {
                    using var file = SafetensorsFile.Open(Store(damaged));
                    foreach (var info in file.Tensors)
                    {
                        file.Read(info.Name);
                    }
                }
                catch (InvalidInputException)
                {
                    refused++;
                }
            }
        }

        Assert.InRange(refused, 100, int.MaxValue);
    }

    [Fact]
    public void Read_OfAFileCutWhileOpenIsAnError()
    {
        var path = Store(WholeFile());
        using var file = SafetensorsFile.Open(path);
        using (var shorter = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            shorter.SetLength(shorter.Length - 4);
        }

        Assert.Throws<InvalidInputException>(() => file.Read("b"));
    }

    [Fact]
    public void Read_RefusesAnUnknownNameAndAWrongLength()
    {
        using var file = SafetensorsFile.Open(Store(WholeFile()));

        Assert.Throws<KeyNotFoundException>(() => file.Read("c"));
        Assert.Throws<ArgumentException>(() => file.Read("b", new float[5]));
    }

    private byte[] WholeFile()
    {
        var path = _folder.In("whole.safetensors");
        using (var writer = new SafetensorsWriter(path, [new("b", "F32", [2, 3]), new("a", "I64", [])], new Dictionary<string, string> { ["k"] = "v" }))
        {
            writer.Write("a", [7L]);
            writer.Write("b", [1f, 2f, 3f, 4f, 5f, 6f]);
            writer.Commit();
        }

        return File.ReadAllBytes(path);
    }

    private string Store(string json, byte[] data)
    {
        var length = new byte[8];
        BinaryPrimitives.WriteInt32LittleEndian(length, Encoding.UTF8.GetByteCount(json));
        return Store([.. length, .. Encoding.UTF8.GetBytes(json), .. data]);
    }

    private string Store(byte[] bytes)
    {
        var path = _folder.In("test.safetensors");
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
