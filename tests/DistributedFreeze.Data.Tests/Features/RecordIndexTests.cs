using DistributedFreeze.Inference.Images;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Data.Features;

public sealed class RecordIndexTests : IDisposable
{
    private static readonly ImageHash Image = SmallSet.Image(1);
    private readonly TemporaryFolder _folder = new();
    private readonly RecordIndex _index = new();
    private readonly Segment _segment;

    public RecordIndexTests()
    {
        var set = new SetFolder(_folder.Path, SmallSet.Key().Sha256);
        Directory.CreateDirectory(set.Path);
        Segment.Create(set, set.Segment(0), new(SmallSet.Elements, FeatureType.Fp32));
        _segment = Segment.Open(set, set.Segment(0))!;
    }

    public void Dispose()
    {
        _segment.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void ADamagedRecord_IsReplacedByTheNextThatWasFound()
    {
        _index.Add(Image, Place(0));
        _index.Add(Image, Place(5));
        _index.Add(Image, Place(7));
        Assert.Equal(Place(0), Find(Image));

        _index.Forget(Image, Place(0));
        Assert.Equal(Place(5), Find(Image));

        _index.Forget(Image, Place(5));
        _index.Forget(Image, Place(7));
        Assert.Null(Find(Image));
    }

    [Fact]
    public void ARecordThatWasReplacedMeanwhile_IsNotForgotten()
    {
        _index.Add(Image, Place(0));

        _index.Forget(Image, Place(1));

        Assert.Equal(Place(0), Find(Image));
    }

    [Fact]
    public void Images_HaveRecordsOfTheirOwn()
    {
        _index.Add(Image, Place(0));
        _index.Add(SmallSet.Image(2), Place(1));

        _index.Forget(SmallSet.Image(2), Place(1));
        Assert.Equal(Place(0), Find(Image));

        _index.Clear();
        Assert.Null(Find(Image));
    }

    private RecordPlace? Find(in ImageHash image) => _index.TryFind(image, out var place) ? place : null;

    private RecordPlace Place(int slot) => new(_segment, slot, Checksum: 7);
}
