namespace DistributedFreeze.Data;

[Slow]
public sealed class ImageFolderTests : IDisposable
{
    private readonly DrawnFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Find_TakesEveryImageBelow_ButNothingHidden()
    {
        _folder.Images("b/c", 2).Image("a.JPG").Image(".hidden/x.png").Image("b/.x.png").Bytes("b/notes.txt", [1]).Bytes("b/x.gif", [1]);

        Assert.Equal(["a.JPG", "b/c/000.png", "b/c/001.png"], Found());
    }

    [Fact]
    public void Find_EndsWhereLinksGoRound()
    {
        _folder.Images("real/x", 1).Images("real/y", 1);
        Link("real/again", ".");
        Link("real/once-more", "..");
        Link("real/x/other", "../y");
        Link("real/y/other", "../x");
        Link("real/y/absolute", _folder.At("real"));
        Link("real/y/itself", "itself");

        Assert.Equal(["real/x/000.png", "real/y/000.png"], Found());
    }

    [Fact]
    public void Find_FollowsALinkToAFolder_Once()
    {
        _folder.Images("elsewhere/images", 2).Images("here", 1);
        Link("elsewhere/alias", "images");
        Link("here/a", "../elsewhere/alias");
        Link("here/b", _folder.At("elsewhere/images"));
        File.CreateSymbolicLink(_folder.At("here/twin.png"), _folder.At("here/000.png"));

        var found = ImageFolder.Find(_folder.At("here")).Select(path => Path.GetRelativePath(_folder.At("here"), path)).ToList();

        // Whichever of the two links comes first, the images are there once.
        Assert.Equal(4, found.Count);
        Assert.Equal(["000.png", "twin.png"], found.Where(path => !path.Contains('/', StringComparison.Ordinal)));
        Assert.Equal(["000.png", "001.png"], found.Where(path => path.Contains('/', StringComparison.Ordinal)).Select(path => path[2..]));
    }

    [Fact]
    public void Find_NamesAnImageByItsFolderRatherThanByALink()
    {
        _folder.Images("z", 1);
        Link("a", "z");

        Assert.Equal(["z/000.png"], Found());
    }

    [Fact]
    public void Find_GoesAsDeepAsAPathMay()
    {
        var deep = string.Join('/', Enumerable.Repeat("twelve-bytes", 300)); // a path is 4096 bytes at most
        _folder.Image($"{deep}/x.png");

        Assert.Equal([$"{deep}/x.png"], Found());
    }

    private void Link(string relative, string target) => Directory.CreateSymbolicLink(_folder.At(relative), target);

    private List<string> Found() => [.. ImageFolder.Find(_folder.Root).Select(path => Path.GetRelativePath(_folder.Root, path))];
}
