using System.IO.Compression;
using System.Runtime.InteropServices;
using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Training.Weights.Torch;

public sealed class TorchFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void StateDicts_AreFoundWhereverTheyLie_AndReadWhateverTheirNumbers(bool isLegacy)
    {
        var checkpoint = new TorchCheckpoint().Map().Text("epoch").Number(3).Text("state_dict").Map();
        checkpoint.Text("module.a").Floats([2, 3], [1, 2, 3, 4, 5, 6]);
        checkpoint.Text("module.half").Tensor(to => to.Storage("HalfStorage", 2, Bytes<Half>((Half)0.5, (Half)(-2))), 0, [2], [1]);
        checkpoint.Text("module.bf16").Tensor(to => to.Storage("BFloat16Storage", 2, [0x80, 0x3f, 0x00, 0xc0]), 1, [1], [1]);
        checkpoint.Text("module.double").Tensor(to => to.Storage("DoubleStorage", 8, Bytes(0.25, 8)), 0, [2, 1], [1, 1]);
        checkpoint.Text("module.tracked").Tensor(to => to.Storage("LongStorage", 8, Bytes(7L)), 0, [], []);
        checkpoint.Text("module.turned").Tensor(to => to.Storage("FloatStorage", 4, Bytes(0f, 1, 2, 3, 4, 5, 6)), 1, [2, 3], [1, 2]);
        checkpoint.Text("module.empty").Tensor(to => to.Storage("FloatStorage", 4, []), 0, [0, 4], [4, 1]);
        checkpoint.End().Text("optimizer").Op('}').Op('(').Number(0).Op('}').Op('(').Text("exp_avg").Floats([1], [9]).End().End().End();

        using var file = TorchFile.Open(Store(isLegacy ? checkpoint.Legacy() : checkpoint.Archive()));

        Assert.Equal(
            ["a F32 (2, 3)", "bf16 BF16 (1)", "double F64 (2, 1)", "empty F32 (0, 4)", "half F16 (2)", "tracked I64 ()", "turned F32 (2, 3)"],
            file.Tensors.Select(info => $"{info.Name["state_dict.module.".Length..]} {info.Type} {WeightsCheck.Text(info.Shape)}"));
        Assert.Equal([1f, 2, 3, 4, 5, 6], file.Read("state_dict.module.a"));
        Assert.Equal([0.5f, -2], file.Read("state_dict.module.half"));
        Assert.Equal([-2f], file.Read("state_dict.module.bf16"));
        Assert.Equal([0.25f, 8], file.Read("state_dict.module.double"));
        Assert.Equal([7f], file.Read("state_dict.module.tracked"));
        Assert.Equal([1f, 3, 5, 2, 4, 6], file.Read("state_dict.module.turned"));
        Assert.Empty(file.Read("state_dict.module.empty"));
    }

    [Theory]
    [InlineData("posix", "system")]
    [InlineData("builtins", "eval")]
    [InlineData("torchvision.models.resnet", "ResNet")]
    [InlineData("torch", "load")]
    public void AnyOtherName_IsRefusedByThatName(string module, string name)
    {
        var path = Store(new TorchCheckpoint().Map().Text("a").Floats([1], [1]).Text("b").Global(module, name).Op('(').Text("touch here").Op('t').Op('R').End().Archive());

        var problem = Assert.Single(Assert.Throws<InvalidInputException>(() => TorchFile.Open(path)).Problems);

        Assert.Equal(
            $"{path} cannot be read as a checkpoint of PyTorch: it holds more than tensors: it names {module}.{name}, which Python would load and might run, and which is not read here; "
                + "save it as .safetensors: safetensors.torch.save_file(torch.load('a.pth', map_location='cpu'), 'a.safetensors'), with its state_dict where the file holds more than that",
            problem.Message);
    }

    public static TheoryData<string, byte[]> Wrong => new()
    {
        { "it is empty", [] },
        { "begins as neither of the forms", [.. "hello"u8] },
        { "no directory at its end", [.. "PK\u0003\u0004xxxxxxxxxxxxxxxxxxxxxxxxxxxx"u8] },
        { "none that torch.save wrote", [0x80, 2, (byte)'N', (byte)'.'] },
        { "is cut short", [0x80, 2, (byte)'N'] },
        { "holds no state dict", new TorchCheckpoint().Op('N').Archive() },
        { "holds no state dict", new TorchCheckpoint().Floats([1], [1]).Archive() },
        { "without an uncompressed data.pkl", new TorchCheckpoint().Map().Text("a").Floats([1], [1]).End().Archive(CompressionLevel.Optimal) },
        { "TorchScript program", new TorchCheckpoint().Map().Text("a").Floats([1], [1]).End().Archive(CompressionLevel.NoCompression, ("constants.pkl", "")) },
        { "big-endian", new TorchCheckpoint().Map().Text("a").Floats([1], [1]).End().Archive(CompressionLevel.NoCompression, ("byteorder", "big")) },
        { "beyond its storage", OneTensor(to => to.Storage("FloatStorage", 4, new byte[12]), 0, [2, 2], [2, 1]) },
        { "beyond its storage", OneTensor(to => to.Storage("FloatStorage", 4, new byte[12]), 3, [1], [1]) },
        { "beyond its storage", OneTensor(to => to.Storage("FloatStorage", 4, new byte[12]), -1, [1], [1]) },
        { "repeat elements", OneTensor(to => to.Storage("FloatStorage", 4, new byte[4]), 0, [1_000_000], [0]) },
        { "beyond its storage", OneTensor(to => to.Storage("FloatStorage", 4, new byte[12]), 0, [int.MaxValue, int.MaxValue, int.MaxValue, int.MaxValue], [1, 1, 1, 1]) },
        { "the numbers of a are not there", OneTensor(to => to.Storage("FloatStorage", 4, new byte[4], claimed: 3), 0, [3], [1]) },
        { "the numbers of a are not there", OneTensor(to => to.StorageId("7", "FloatStorage", 1), 0, [1], [1]) },
        { "names no storage", OneTensor(to => to.StorageId("0", "Size", 1), 0, [1], [1]) },
        { "of something else than PyTorch does", OneTensor(to => to.Number(1), 0, [1], [1]) },
        { "operation 0x69", new TorchCheckpoint().Op('i').Archive() }, // INST, which makes a class
        { "operation 0x81", new TorchCheckpoint().Op('\x81').Archive() }, // NEWOBJ, likewise
        { "more objects than any", new TorchCheckpoint().Raw(new string('N', 1_100_000).Select(c => (byte)c).ToArray()).Archive() },
        { "more objects than any", new TorchCheckpoint().Op('N').Raw(Enumerable.Repeat((byte)0x94, 1_100_000).ToArray()).Archive() },
        { "more objects than any", new TorchCheckpoint().Op('(').Raw(Enumerable.Repeat("]0", 1_100_000).SelectMany(word => word).Select(c => (byte)c).ToArray()).Archive() },
        { "longer than that of any module", LongName() },
        { "more axes than any", OneTensor(to => to.Storage("FloatStorage", 4, new byte[4]), 0, [.. Enumerable.Repeat(1, 17)], [.. Enumerable.Repeat(1, 17)]) },
        { "big-endian", new TorchCheckpoint().Map().Text("a").Floats([1], [1]).End().Archive(CompressionLevel.NoCompression, ("byteorder", new string('x', 1_000_000))) },
        { "larger than that of any", new TorchCheckpoint().Raw(new byte[5_000_000]).Archive() },
        { "protocol 0 of", new TorchCheckpoint().Raw([0x80, 0]).Archive() },
        { "it holds a twice", new TorchCheckpoint().Map().Text("a").Floats([1], [1]).Text("a").Floats([1], [1]).End().Archive() },
        { "no pickle that PyTorch writes", new TorchCheckpoint().Op('u').Archive() },
        { "no pickle that PyTorch writes", new TorchCheckpoint().Op('(').Op('q').Raw([0]).Archive() },
        { "no pickle that PyTorch writes", new TorchCheckpoint().Op('h').Raw([9]).Archive() },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void WhatIsWrong_IsSaid(string expected, byte[] content)
    {
        var path = Store(content);

        var problem = Assert.Single(Assert.Throws<InvalidInputException>(() => TorchFile.Open(path).Dispose()).Problems);

        Assert.Equal(WeightsFile.Field, problem.Field);
        Assert.StartsWith($"{path} cannot be read as a checkpoint of PyTorch: ", problem.Message, StringComparison.Ordinal);
        Assert.Contains(expected, problem.Message, StringComparison.Ordinal);
        Assert.Contains("save it as .safetensors", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AFileThatIsCutShort_IsRefused_WhereverItIs(bool isLegacy)
    {
        var checkpoint = new TorchCheckpoint().Map().Text("a").Floats([2], [1, 2]).End();
        var whole = isLegacy ? checkpoint.Legacy() : checkpoint.Archive();

        for (var length = 0; length < whole.Length; length++)
        {
            var path = Store(whole[..length]);
            Assert.Throws<InvalidInputException>(() => TorchFile.Open(path).Dispose());
        }

        TorchFile.Open(Store(whole)).Dispose();
    }

    [Fact]
    public void ADictionaryWithinItself_IsReadOnce()
    {
        var checkpoint = new TorchCheckpoint().Op('}').Op('q').Raw([5]).Op('(').Text("a").Floats([1], [4]).Text("again").Op('h').Raw([5]).End();

        using var file = TorchFile.Open(Store(checkpoint.Archive()));

        Assert.Equal(["a"], file.Tensors.Select(info => info.Name));
    }

    [Fact]
    public void ATypeWithoutFloats_IsRefusedWhereItIsRead()
    {
        using var file = TorchFile.Open(Store(OneTensor(to => to.Storage("IntStorage", 4, Bytes(1)), 0, [1], [1])));

        var e = Assert.Throws<InvalidInputException>(() => file.Read("a"));

        Assert.Contains("a has type I32; F32, F16, BF16, F64 or I64 would be right", e.Message, StringComparison.Ordinal);
    }

    /// <summary>A word that is written once and stands before many tensors.</summary>
    private static byte[] LongName()
    {
        var checkpoint = new TorchCheckpoint().Map().Text(new string('x', 1_000_000)).Map();
        for (var i = 0; i < 100; i++)
        {
            checkpoint.Text($"{i}").Tensor(to => to.StorageId("0", "FloatStorage", 0), 0, [0], [1]);
        }

        return checkpoint.End().End().Archive();
    }

    private static byte[] OneTensor(Action<TorchCheckpoint> storage, int offset, int[] shape, int[] strides) =>
        new TorchCheckpoint().Map().Text("a").Tensor(storage, offset, shape, strides).End().Archive();

    private static byte[] Bytes<T>(params ReadOnlySpan<T> values)
        where T : struct => MemoryMarshal.AsBytes(values).ToArray();

    private string Store(byte[] content)
    {
        var path = _folder.In("a.pth");
        File.WriteAllBytes(path, content);
        return path;
    }
}
