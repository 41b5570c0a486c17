using DistributedFreeze.Data.Features;
using DistributedFreeze.Inference.Images;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Benchmarks.Storage;

/// <summary>The product's store, without memory of its own: what is read comes from the disk or the system's cache, as with the others.</summary>
internal sealed class OurRecords : IRecordStore
{
    private readonly FeatureStore _store;
    private readonly FeatureSet _set;

    public OurRecords(string folder, int elements)
    {
        _store = new(new() { Directory = folder, MemoryBytes = 0, DiskBytes = 64L << 30 });
        _set = _store.Open(FeatureSetKey.Of([new("trial", "storage")]), elements, FeatureType.Fp32);
    }

    public bool Write(in ImageHash image, ReadOnlySpan<float> values) => _set.Write(image, values);

    public bool TryRead(in ImageHash image, Span<float> values) => _set.TryRead(image, values);

    public void Dispose()
    {
        _set.Dispose();
        _store.Dispose();
    }
}
