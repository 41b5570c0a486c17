using DistributedFreeze.Inference.Images;
using SkiaSharp;

namespace DistributedFreeze.Data.Indexes;

/// <summary>A file counts as known only where nothing says that it may be another one.</summary>
public sealed class ImageIndexTests : IDisposable
{
    private static readonly IndexedImage Image = new(SKEncodedImageFormat.Jpeg, ImageHash.Of([1, 2, 3]), Length: 3);
    private static readonly FileStamp Stamp = new(Length: 3, Modified: 1_000_000_000_000_000_000, Changed: 1_000_000_000_000_000_001, Inode: 7);

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void WhatWasFound_IsFoundAgain()
    {
        Keep(("a/1.jpg", Stamp), ("a/ü 2.jpg", Stamp with { Inode = 8 }));

        var index = Open();

        Assert.Equal(Image, index.Find("a/1.jpg", Stamp));
        Assert.Equal(Image, index.Find("a/ü 2.jpg", Stamp with { Inode = 8 }));
        Assert.Null(index.Find("a/3.jpg", Stamp));
    }

    [Fact]
    public void AFileThatDiffersInAnything_IsNotFound()
    {
        Keep(("a/1.jpg", Stamp));

        Assert.All(
            [Stamp with { Length = 4 }, Stamp with { Modified = Stamp.Modified + 1 }, Stamp with { Changed = Stamp.Changed + 1 }, Stamp with { Inode = 8 }, Stamp with { Device = 1 }],
            other => Assert.Null(Open().Find("a/1.jpg", other)));
    }

    [Fact]
    public void AFileThatHadJustBeenWritten_IsNotRemembered()
    {
        var justNow = (DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
        Keep(("a/1.jpg", Stamp with { Changed = justNow }), ("a/2.jpg", Stamp with { Modified = justNow }), ("a/3.jpg", Stamp));

        var index = Open();

        Assert.Null(index.Find("a/1.jpg", Stamp with { Changed = justNow }));
        Assert.Null(index.Find("a/2.jpg", Stamp with { Modified = justNow }));
        Assert.NotNull(index.Find("a/3.jpg", Stamp));
    }

    [Fact]
    public void FilesThatAreGone_AreForgotten()
    {
        Keep(("a/1.jpg", Stamp), ("a/2.jpg", Stamp));
        var second = Open();
        second.Find("a/2.jpg", Stamp);
        second.Save();

        Assert.Null(Open().Find("a/1.jpg", Stamp));
        Assert.NotNull(Open().Find("a/2.jpg", Stamp));
    }

    [Fact]
    public void OfAnotherFolderOrDecoder_NothingIsKnown()
    {
        Keep(("a/1.jpg", Stamp));

        Assert.Null(ImageIndex.Open(_folder.Path, "/other", "decoder", images: 10, TimeProvider.System).Find("a/1.jpg", Stamp));
        Assert.Null(ImageIndex.Open(_folder.Path, "/data", "another decoder", images: 10, TimeProvider.System).Find("a/1.jpg", Stamp));
    }

    [Fact]
    public void ADamagedIndex_IsAsGoodAsNone()
    {
        Keep(("a/1.jpg", Stamp));
        var path = Directory.GetFiles(_folder.In(IndexFile.FolderName)).Single();
        var whole = File.ReadAllBytes(path);

        for (var i = 0; i < whole.Length; i++)
        {
            var damaged = (byte[])whole.Clone();
            damaged[i] ^= 0x20;
            File.WriteAllBytes(path, damaged);
            Assert.Null(Open().Find("a/1.jpg", Stamp));

            File.WriteAllBytes(path, whole[..i]);
            Assert.Null(Open().Find("a/1.jpg", Stamp));
        }
    }

    [Fact]
    public void AnIndexThatIsFarTooLarge_IsNotRead()
    {
        Keep([.. Enumerable.Range(0, 1000).Select(i => ($"a/{i}.jpg", Stamp))]);

        Assert.NotNull(Open(images: 1000).Find("a/1.jpg", Stamp));
        Assert.Null(Open(images: 1).Find("a/1.jpg", Stamp));
    }

    [Fact]
    public void AnIndexThatNoRunUses_IsGivenUp()
    {
        Keep(("a/1.jpg", Stamp));
        File.SetLastWriteTimeUtc(Directory.GetFiles(_folder.In(IndexFile.FolderName)).Single(), DateTime.UtcNow.AddDays(-100));
        var other = ImageIndex.Open(_folder.Path, "/other", "decoder", images: 10, TimeProvider.System);
        other.Add("b/1.jpg", Stamp, other.Now, Image);

        other.Save();

        Assert.Null(Open().Find("a/1.jpg", Stamp));
        Assert.Single(Directory.GetFiles(_folder.In(IndexFile.FolderName)));
    }

    [Fact]
    public void WhereNothingCanBeWritten_NothingIsRemembered()
    {
        File.WriteAllText(_folder.In(IndexFile.FolderName), "a file where the folder would be");

        Keep(("a/1.jpg", Stamp));

        Assert.Null(Open().Find("a/1.jpg", Stamp));
    }

    public void Dispose() => _folder.Dispose();

    private ImageIndex Open(int images = 10) => ImageIndex.Open(_folder.Path, "/data", "decoder", images, TimeProvider.System);

    private void Keep(params (string Path, FileStamp Stamp)[] files)
    {
        var index = Open();
        foreach (var (path, stamp) in files)
        {
            index.Add(path, stamp, index.Now, Image);
        }

        index.Save();
    }
}
