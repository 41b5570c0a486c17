using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Training.Weights.Hdf5;

/// <summary>Files that lead out of themselves, round in circles, or to sizes that they do not have.</summary>
/// <remarks>Damaged files of every kind are tried by the fuzzers of DistributedFreeze.HostileTests.</remarks>
[Slow]
public sealed class HostileHdf5Tests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("x-external-earliest", "g/a: its numbers lie in another file (external storage)")]
    [InlineData("x-external-latest", "g/a: its numbers lie in another file (external storage)")]
    [InlineData("x-vds-latest", "g/a: it is a virtual dataset")]
    [InlineData("x-extlink-earliest", "a is an external link")]
    [InlineData("x-extlink-latest", "a is an external link")]
    [InlineData("x-soft-earliest", "a is a soft link")]
    [InlineData("x-soft-latest", "a is a soft link")]
    [InlineData("x-softself-earliest", "x is a soft link")]
    [InlineData("x-softself-latest", "x is a soft link")] // over this one a stack overflowed
    [InlineData("x-softmodel-earliest", "model_weights is a soft link")]
    [InlineData("x-softmodel-latest", "model_weights is a soft link")]
    [InlineData("x-circle-earliest", "g/again is a group that it holds elsewhere too")]
    [InlineData("x-circle-latest", "g/again is a group that it holds elsewhere too")]
    [InlineData("x-deep-earliest", "too deep")]
    [InlineData("x-deep-latest", "too deep")]
    [InlineData("x-roomy-earliest", "g/a: it would have 1073741824 bytes")]
    [InlineData("x-roomy-latest", "g/a: it would have 1073741824 bytes")]
    [InlineData("x-bomb-earliest", "g/a: its chunks would have more than")]
    [InlineData("x-bomb-latest", "g/a: its chunks would have more than")]
    [InlineData("x-unpacks-earliest", "g/a: it is damaged: a chunk unpacks to more")]
    [InlineData("x-unpacks-latest", "g/a: it is damaged: a chunk unpacks to more")]
    [InlineData("grows-latest", "g/a: its chunks are indexed as those of a dataset that grows without end")]
    [InlineData("lzf", "g/a: a dataset is compressed with filter 32000")]
    public void WhatWeightFilesDoNotHold_IsRefusedByName(string sample, string message)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();

        var e = Assert.Throws<InvalidInputException>(() => ReadAll(Hdf5Samples.Get(sample)));

        Assert.Contains(message, e.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 << 20);
    }

    private void ReadAll(byte[] bytes)
    {
        var path = _folder.In("hostile.h5");
        File.WriteAllBytes(path, bytes);
        using var file = KerasH5File.Open(path);
        foreach (var tensor in file.Tensors.Where(tensor => tensor.Type == ElementType.F32))
        {
            file.Read(tensor.Name);
        }
    }
}
