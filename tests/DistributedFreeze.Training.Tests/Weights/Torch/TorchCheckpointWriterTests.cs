using System.Runtime.InteropServices;
using DistributedFreeze.Coordination.Tensors;

namespace DistributedFreeze.Training.Weights.Torch;

public sealed class TorchCheckpointWriterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void WhatIsWritten_IsReadAgain_AndIsTheSameBytesEachTime()
    {
        CheckpointTensor[] tensors =
        [
            new("b.weight", "F32", [2, 1, 3], () => MemoryMarshal.AsBytes<float>([1, 2, 3, 4, 5, 6]).ToArray()),
            new("a.num_batches_tracked", "I64", [], () => BitConverter.GetBytes(7L)),
        ];
        var (path, again) = (_folder.In("a.pth"), _folder.In("again.pth"));
        foreach (var each in (string[])[path, again])
        {
            using var stream = File.Create(each);
            TorchCheckpointWriter.Write(stream, tensors);
        }

        using var file = TorchFile.Open(path);

        Assert.Equal(["a.num_batches_tracked I64 ()", "b.weight F32 (2, 1, 3)"], file.Tensors.Select(info => $"{info.Name} {info.Type} {WeightsCheck.Text(info.Shape)}"));
        Assert.Equal([1f, 2, 3, 4, 5, 6], file.Read("b.weight"));
        Assert.Equal([7f], file.Read("a.num_batches_tracked"));
        Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(again));
    }
}
