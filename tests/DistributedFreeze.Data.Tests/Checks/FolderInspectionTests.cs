using DistributedFreeze.Errors;
using SkiaSharp;

namespace DistributedFreeze.Data.Checks;

/// <summary>What is said of a folder by its files alone.</summary>
public sealed class FolderInspectionTests : IDisposable
{
    // 1 x 1 pixels that Pillow wrote, which knows forms that no encoder at hand does.
    private const string CmykJpeg = "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwAIBgYHBgUIBwcHCQkICgwUDQwLCwwZEhMPFB0aHx4dGhwcICQuJyAiLCMcHCg3KSwwMTQ0NB8nOT04MjwuMzQy/8AAFAgAAQABBEMRAE0RAFkRAEsRAP/EAB8AAAEFAQEBAQEBAAAAAAAAAAABAgMEBQYHCAkKC//EALUQAAIBAwMCBAMFBQQEAAABfQECAwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+v/aAA4EQwBNAFkASwAAPwD3+vf69/r3+v/Z";
    private const string PalettePng = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABAQMAAAAl21bKAAAAA1BMVEUBAgMNh2TVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==";

    private readonly DrawnFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Images_AreCountedByClassSizeFormatAndColours()
    {
        _folder.Image("train/a/0.png", SKColors.Red, width: 300, height: 200)
            .Image("train/a/1.jpg", SKColors.Green, SKEncodedImageFormat.Jpeg, width: 10, height: 20)
            .Bytes("train/a/2.jpg", Convert.FromBase64String(CmykJpeg))
            .Image("train/b/0.webp", SKColors.Blue, SKEncodedImageFormat.Webp, width: 400, height: 300)
            .Bytes("train/b/1.png", Convert.FromBase64String(PalettePng))
            .Bytes("test/b/2.jpg", EncodedImages.JpegWith(EncodedImages.Corners(SKEncodedImageFormat.Jpeg), EncodedImages.Exif(6)));

        var check = Inspect();

        Assert.Equal([new("a", 3, 0, 0), new("b", 2, 0, 1)], check.Classes);
        Assert.Equal("6 of 1 x 1, 32 x 64 (turned), 400 x 300", $"{check.Images.Count} of {check.Images.Smallest}, {check.Images.Median} (turned), {check.Images.Largest}");
        Assert.Equal([new("JPEG", 3), new("PNG", 2), new("WebP", 1)], check.Images.Formats);
        Assert.Equal(["CMYK 1", "RGB 3", "other 1", "palette 1"], check.Images.Colors.Select(kind => $"{kind.Name} {kind.Count}").Order(StringComparer.Ordinal));
        Assert.Equal((5, 1), (check.Images.Enlarged, check.Images.Turned));
        Assert.Equal(DrawnFolder.Scan(_folder.Spec with { ValidationShare = 0 }, seed: 0).Hash, check.DataSha256);
        Assert.Null(check.NearDuplicates);
        Assert.Null(check.Labels);
    }

    [Fact]
    public void Copies_AreGrouped_TheWorstFirst()
    {
        Draw("train/a/0.png", 1).Draw("train/a/1.png", 1).Draw("train/a/2.png", 2).Draw("test/a/0.png", 2).Draw("train/b/0.png", 3).Draw("test/a/1.png", 3).Draw("test/b/0.png", 4);

        var groups = Inspect().Duplicates;

        Assert.Equal(
            ["test/a/1.png train/b/0.png", "test/a/0.png train/a/2.png", "train/a/0.png train/a/1.png"],
            groups.Select(group => string.Join(' ', group.Images.Select(image => image.Path))));
        Assert.Equal([(true, true), (false, true), (false, false)], groups.Select(group => (group.CrossesClasses, group.CrossesSplits)));
        Assert.All(groups, group => Assert.Null(group.Similarity));
    }

    [Fact]
    public void HoweverManyFilesCannotBeRead_TheyAreReported()
    {
        Draw("train/a/0.png", 1).Draw("train/b/0.png", 2).Draw("train/b/1.png", 3);
        _folder.Bytes("train/a/1.png", [1, 2, 3]).Bytes("train/b/notes.txt", [1]);

        var check = Inspect();

        Assert.Equal(["train/a/1.png"], check.Unreadable.Select(file => file.Path));
        Assert.Equal(["train/b/notes.txt"], check.Ignored.Select(file => file.Path));
        Assert.Equal(
            "a run would refuse this folder: 1 of 4 image files cannot be read, 25 %, and `data.max_skipped_share` allows 1 %; mend or remove them",
            check.Warnings[0]);
    }

    [Fact]
    public void AFolderOfOneClass_IsRefused()
    {
        Draw("a/0.png", 1);

        var refused = Assert.Throws<InvalidInputException>(Inspect);

        Assert.Equal("data.path", refused.Problems[0].Field);
    }

    private FolderInspectionTests Draw(string path, byte colour)
    {
        _folder.Image(path, new SKColor(colour, 0, 0));
        return this;
    }

    private DataCheck Inspect() => FolderInspection.Of(_folder.Spec with { ValidationShare = 0 }, seed: 0, TestContext.Current.CancellationToken);
}
