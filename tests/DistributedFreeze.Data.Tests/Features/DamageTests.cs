using DistributedFreeze.Runs;

namespace DistributedFreeze.Data.Features;

public sealed class DamageTests : IDisposable
{
    private const int Images = 4;
    private const int Payload = SmallSet.Elements * sizeof(float);
    private const int Header = 4096;
    private const int Entries = Header + 4096;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AFlippedByte_CostsAtMostItsOwnRecord()
    {
        SmallSet.Fill(_folder.Path, Images);
        var path = SmallSet.Segment(_folder.Path);
        var whole = File.ReadAllBytes(path);
        Assert.Equal(Entries + (Images * Payload), whole.Length);

        for (var i = 0; i < whole.Length; i++)
        {
            var damaged = whole.ToArray();
            damaged[i] ^= 0x41;
            SmallSet.Overwrite(path, damaged);
            using var store = SmallSet.Store(_folder.Path);
            using var set = store.Open();

            Assert.Equal(Expected(i), set.Read(Images + 1));
            Assert.Equal(i < Entries ? 0 : 1, store.Counts.DiskDamages);
        }

        static IEnumerable<int> Expected(int place) => place switch
        {
            < 68 => [], // the header, with its checksum
            < Header => Enumerable.Range(0, Images),
            < Header + (Images * 64) => Enumerable.Range(0, Images).Where(number => number != (place - Header) / 64),
            < Entries => Enumerable.Range(0, Images),
            _ => Enumerable.Range(0, Images).Where(number => number != (place - Entries) / Payload),
        };
    }

    [Fact]
    public void ACutFile_KeepsWhatIsWhole_AndIsFilledAgain()
    {
        SmallSet.Fill(_folder.Path, Images);
        var path = SmallSet.Segment(_folder.Path);
        var whole = File.ReadAllBytes(path);

        for (var length = 0; length <= whole.Length; length += length < Entries ? 127 : 1)
        {
            SmallSet.Overwrite(path, whole.AsSpan(0, length));
            using var store = SmallSet.Store(_folder.Path);
            using (var set = store.Open())
            {
                Assert.Equal(Enumerable.Range(0, Math.Max(0, length - Entries) / Payload), set.Read(Images));
                for (var number = 0; number < Images + 2; number++)
                {
                    Assert.True(set.Write(number));
                }

                Assert.Equal(Images + 2, set.Read(Images + 2).Length);
            }

            using (var next = SmallSet.Store(_folder.Path))
            using (var set = next.Open())
            {
                Assert.Equal(Enumerable.Range(0, Images + 2), set.Read(Images + 3));
            }

            foreach (var further in Directory.GetFiles(Path.GetDirectoryName(path)!, "*.features").Where(file => file != path))
            {
                File.Delete(further);
            }
        }
    }

    [Fact]
    public void AFileCutWhileItsRead_GivesFewerRecordsAndNoCrash()
    {
        SmallSet.Fill(_folder.Path, 200);
        using var store = SmallSet.Store(_folder.Path);
        using var set = store.Open();
        Assert.Equal(200, set.Read(200).Length);

        SmallSet.Cut(SmallSet.Segment(_folder.Path), Entries + (3 * Payload) + 1);

        Assert.Equal([0, 1, 2], set.Read(200));
        Assert.Equal(3, Enumerable.Range(0, 200).Count(number => set.Contains(SmallSet.Image(number))));
    }

    [Fact]
    public void EntriesWhosePayloadsWereCutOff_DoNotComeBack()
    {
        SmallSet.Fill(_folder.Path, 20);
        var path = SmallSet.Segment(_folder.Path);
        SmallSet.Cut(path, Entries + (3 * Payload) + 1);

        using var store = SmallSet.Store(_folder.Path);
        using var set = store.Open();
        set.Write(50);

        // Slot 3 was begun, so the new record is behind it; what the entries behind that one told of is gone.
        Assert.All(File.ReadAllBytes(path)[(Header + (5 * 64))..Entries], left => Assert.Equal(0, left));
        Assert.Equal([0, 1, 2, 50], set.Read(60));
    }

    [Theory]
    [InlineData(0)] // the payload was begun
    [InlineData(1)] // the payload is whole, the entry is not
    [InlineData(2)] // after a power cut: the entry is there, the payload is not
    [InlineData(3)] // the length is there, and nothing else
    public void AnAppendThatWasCutOff_IsNoRecordAndSpoilsNone(int way)
    {
        SmallSet.Fill(_folder.Path, Images);
        var path = SmallSet.Segment(_folder.Path);
        var bytes = File.ReadAllBytes(path);
        var last = Images - 1;
        var entry = bytes.AsSpan(Header + (last * 64), 64);
        switch (way)
        {
            case 0:
                entry.Clear();
                bytes = bytes[..^100];
                break;
            case 1:
                entry[30..].Clear();
                break;
            case 2:
                bytes.AsSpan(Entries + (last * Payload)).Clear();
                break;
            default:
                entry.Clear();
                bytes.AsSpan(Entries + (last * Payload)).Clear();
                break;
        }

        SmallSet.Overwrite(path, bytes);
        using (var store = SmallSet.Store(_folder.Path))
        using (var set = store.Open())
        {
            Assert.Equal([0, 1, 2], set.Read(10));
            for (var number = 0; number < 10; number++)
            {
                set.Write(number);
            }
        }

        using var next = SmallSet.Store(_folder.Path);
        using var read = next.Open();
        Assert.Equal(Enumerable.Range(0, 10), read.Read(11));
    }

    [Fact]
    public void Garbage_AtTheEndIsNoRecord()
    {
        SmallSet.Fill(_folder.Path, Images);
        var path = SmallSet.Segment(_folder.Path);
        var garbage = new byte[100_000];
        new Random(3).NextBytes(garbage);
        File.AppendAllBytes(path, garbage);

        SmallSet.Fill(_folder.Path, 300);

        using var store = SmallSet.Store(_folder.Path);
        using var set = store.Open();
        Assert.Equal(Enumerable.Range(0, 300), set.Read(301));
    }

    [Fact]
    public void ADamagedRecord_IsForgottenWrittenAgainAndFoundByTheNextStore()
    {
        SmallSet.Fill(_folder.Path, Images);
        var path = SmallSet.Segment(_folder.Path);
        var bytes = File.ReadAllBytes(path);
        bytes[Entries + Payload + 5] ^= 1;
        SmallSet.Overwrite(path, bytes);

        using (var store = SmallSet.Store(_folder.Path))
        using (var set = store.Open())
        {
            Assert.True(set.Contains(SmallSet.Image(1)));
            Assert.Null(set.TryClaim(SmallSet.Image(1)));
            Assert.Equal([0, 2, 3], set.Read(Images));
            Assert.False(set.Contains(SmallSet.Image(1)));
            using var claim = set.TryClaim(SmallSet.Image(1));
            Assert.NotNull(claim);
            Assert.True(set.Write(1));
            Assert.Equal(4, set.Read(Images).Length);
        }

        var length = new FileInfo(path).Length;
        using (var store = SmallSet.Store(_folder.Path))
        using (var set = store.Open())
        {
            Assert.Equal(4, set.Read(Images).Length);
            Assert.True(set.Write(1));
        }

        Assert.Equal(length, new FileInfo(path).Length);
    }

    [Theory]
    [InlineData(true, FeatureType.Fp32)]
    [InlineData(true, FeatureType.Bf16)]
    [InlineData(false, FeatureType.Fp32)]
    [InlineData(false, FeatureType.Fp16)]
    public void ABitThatFlipsInMemory_IsReadFromDiskOrComputedAgain(bool isOnDisk, FeatureType type)
    {
        using var store = SmallSet.Store(isOnDisk ? _folder.Path : null, memory: 1 << 20);
        using var set = store.Open(SmallSet.Key(), SmallSet.Elements, type);
        for (var number = 0; number < Images; number++)
        {
            set.Write(number);
        }

        var whole = Read(set, 1);
        for (var bit = 0; bit < 2 * 8 * SmallSet.Elements; bit += 13)
        {
            FlipInMemory(set, 1, bit);

            Assert.Equal(isOnDisk, set.TryRead(SmallSet.Image(1), new float[SmallSet.Elements]));
            Assert.True(isOnDisk || set.Write(1));
            Assert.Equal(whole, Read(set, 1));
        }

        Assert.Equal(Read(set, 2), Read(set, 2));
        Assert.Equal(0, store.Counts.DiskDamages);
        Assert.Equal((2 * 8 * SmallSet.Elements + 12) / 13, store.Counts.MemoryDamages);

        static float[] Read(FeatureSet set, int number)
        {
            var values = new float[SmallSet.Elements];
            Assert.True(set.TryRead(SmallSet.Image(number), values));
            return values;
        }
    }

    private static void FlipInMemory(FeatureSet set, int number, int bit) =>
        set.FindInMemory(SmallSet.Image(number))[bit / 8] ^= (byte)(1 << (bit % 8));

    [Fact]
    public void ForeignFiles_AreNeverServedAndStay()
    {
        SmallSet.Fill(_folder.Path, Images);
        SmallSet.Fill(_folder.Path, Images, "other");
        var segments = Directory.GetFiles(_folder.Path, "*.features", SearchOption.AllDirectories);
        var (mine, other) = segments[0].Contains(SmallSet.Key().Sha256, StringComparison.Ordinal) ? (segments[0], segments[1]) : (segments[1], segments[0]);
        var folder = Path.GetDirectoryName(mine)!;
        File.Move(mine, Path.Combine(folder, "0004.features"));
        File.Copy(other, mine);
        File.WriteAllText(Path.Combine(folder, "0001.features"), "not a segment");
        File.WriteAllBytes(Path.Combine(folder, "0002.features"), []);
        File.WriteAllBytes(Path.Combine(folder, "0003.features"), new byte[20_000]);
        var before = File.ReadAllBytes(mine);

        using (var store = SmallSet.Store(_folder.Path))
        using (var set = store.Open())
        {
            Assert.Equal(Images, set.Read(20).Length);
            set.Write(10);
            Assert.Equal([0, 1, 2, 3, 10], set.Read(20));
        }

        Assert.Equal(before, File.ReadAllBytes(mine));
        Assert.Equal(13, new FileInfo(Path.Combine(folder, "0001.features")).Length);
    }

    [Fact]
    public void RecordsOfAnotherSize_AreNotServed()
    {
        SmallSet.Fill(_folder.Path, Images);
        using var store = SmallSet.Store(_folder.Path);
        using var set = store.Open(SmallSet.Key(), SmallSet.Elements / 2, FeatureType.Fp32);

        Assert.All(Enumerable.Range(0, Images), number => Assert.False(set.Contains(SmallSet.Image(number))));
        Assert.True(set.Write(SmallSet.Image(0), new float[SmallSet.Elements / 2]));
    }

    [Fact]
    public void AnEntryOfAnotherSet_IsNone()
    {
        SmallSet.Fill(_folder.Path, Images);
        SmallSet.Fill(_folder.Path, Images, "other");
        var segments = Directory.GetFiles(_folder.Path, "*.features", SearchOption.AllDirectories);
        var first = File.ReadAllBytes(segments[0]);
        var second = File.ReadAllBytes(segments[1]);
        second.AsSpan(Header).CopyTo(first.AsSpan(Header)); // a file system that mixes up blocks
        SmallSet.Overwrite(segments[0], first);

        using var store = SmallSet.Store(_folder.Path);
        using var mine = store.Open();
        using var other = store.Open("other");

        Assert.Equal(Images, mine.Read(Images).Length + other.Read(Images).Length);
    }
}
