using DistributedFreeze.Coordination.Tensors;
using PureHDF;

namespace DistributedFreeze.Training.Weights.Hdf5;

public sealed class Hdf5ChecksumTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void EveryChangedBitOfAHeaderIsRefused()
    {
        var path = _folder.In("a.h5");
        new H5File { ["layer"] = new H5Group { ["numbers"] = new float[] { 1, 2, 3 } } }.Write(path);

        using (var file = KerasH5File.Open(path))
        {
            Assert.Equal([1f, 2f, 3f], file.Read("layer.numbers"));
        }

        var whole = File.ReadAllBytes(path);
        var header = whole.AsSpan().IndexOf("OHDR"u8);
        for (var bit = 0; bit < 8 * 8; bit++)
        {
            var damaged = (byte[])whole.Clone();
            damaged[header + 8 + (bit / 8)] ^= (byte)(1 << (bit % 8));
            File.WriteAllBytes(path, damaged);

            Assert.Throws<Errors.InvalidInputException>(() => KerasH5File.Open(path));
        }
    }
}
