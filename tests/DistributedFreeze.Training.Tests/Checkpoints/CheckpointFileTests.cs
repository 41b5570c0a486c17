using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Errors;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Checkpoints;

public sealed class CheckpointFileTests : IDisposable
{
    private static readonly CheckpointStamp Stamp = new()
    {
        SpecKey = "spec",
        DataHash = "data",
        BaseHash = "base",
        ParentHash = "parent",
        Phase = 1,
        MaskHash = "mask",
        Progress = """{"lossSum":1.25}""",
    };

    private readonly TemporaryFolder _folder = new();

    private string File => _folder.In("checkpoint.safetensors");

    public static TheoryData<string, string> Parts => new()
    {
        { nameof(CheckpointStamp.SpecKey), "another spec" },
        { nameof(CheckpointStamp.DataHash), "other images" },
        { nameof(CheckpointStamp.BaseHash), "other base weights" },
        { nameof(CheckpointStamp.ParentHash), "a run that started from another one" },
        { nameof(CheckpointStamp.MaskHash), "another freeze mask" },
        { nameof(CheckpointStamp.Phase), "phase 2, not in phase 1" },
    };

    [Fact]
    public void ACheckpoint_SaysWhatItBelongsTo()
    {
        Write();

        using var checkpoint = CheckpointFile.Open(File);

        Assert.Equal(Stamp, checkpoint.Stamp);
        Assert.Equal(Stamp, CheckpointHeader.Read(File));
        checkpoint.CheckStamp(Stamp);
    }

    [Theory]
    [MemberData(nameof(Parts))]
    public void ACheckpointOfSomethingElse_IsRefusedByWhatDiffers(string part, string reason)
    {
        Write();
        using var checkpoint = CheckpointFile.Open(File);

        var refusal = Assert.Throws<InvalidInputException>(() => checkpoint.CheckStamp(part switch
        {
            nameof(CheckpointStamp.SpecKey) => Stamp with { SpecKey = "x" },
            nameof(CheckpointStamp.DataHash) => Stamp with { DataHash = "x" },
            nameof(CheckpointStamp.BaseHash) => Stamp with { BaseHash = "x" },
            nameof(CheckpointStamp.ParentHash) => Stamp with { ParentHash = "x" },
            nameof(CheckpointStamp.MaskHash) => Stamp with { MaskHash = "x" },
            _ => Stamp with { Phase = 0 },
        }));

        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
        Assert.Equal(File, refusal.Problems[0].Field);
    }

    [Fact]
    public void AFlippedBitAnywhere_IsRefused()
    {
        Write();
        var good = System.IO.File.ReadAllBytes(File);
        for (var place = 0; place < good.Length; place++)
        {
            var bad = (byte[])good.Clone();
            bad[place] ^= (byte)(1 << (place % 8));
            System.IO.File.WriteAllBytes(File, bad);

            var error = Record.Exception(() => CheckpointFile.Open(File).Dispose());

            // A blank behind the header that becomes another blank of JSON is the one change that changes nothing.
            Assert.True(error is InvalidInputException || (error is null && good[place] == ' '), $"Byte {place} ({(char)good[place]}): {error}");
        }
    }

    [Fact]
    public void ATruncatedFile_IsRefused()
    {
        Write();
        var good = System.IO.File.ReadAllBytes(File);
        for (var length = 0; length < good.Length; length += 5)
        {
            System.IO.File.WriteAllBytes(File, good[..length]);

            Assert.Throws<InvalidInputException>(() => CheckpointFile.Open(File));
        }
    }

    [Fact]
    public void AnotherFile_IsNoCheckpoint()
    {
        using var scope = NewDisposeScope();
        TensorFile.Write(File, System.Collections.Immutable.ImmutableSortedDictionary<string, Tensor>.Empty.Add("a", zeros(2)), _ => new Dictionary<string, string>());

        var refusal = Assert.Throws<InvalidInputException>(() => CheckpointFile.Open(File));

        Assert.Contains("must be a checkpoint", refusal.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private void Write()
    {
        using var scope = NewDisposeScope();
        CheckpointFile.Write(
            File,
            Stamp,
            new Dictionary<string, Tensor> { ["head.0.weight"] = tensor([1f, 2, 3, 4, 5, 6], [2, 3]), ["head.0.bias"] = tensor([0f, -1]) },
            [("momentum", tensor([7f, 8, 9]))],
            [("parameters", tensor([9f, 8, 7, 6]))]);
    }
}
