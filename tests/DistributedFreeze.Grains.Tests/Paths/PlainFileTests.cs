using System.Diagnostics;
using DistributedFreeze.Grains.Paths;

namespace DistributedFreeze.Grains.Tests.Paths;

/// <summary>What a run hands out is opened by a path without links, and by no other.</summary>
public sealed class PlainFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateDirectory(Path.Combine(PathRoots.RealOrFull(Path.GetTempPath()), $"dfreeze-plain-{Guid.NewGuid():N}")).FullName;

    public PlainFileTests()
    {
        Directory.CreateDirectory(In("inner"));
        File.WriteAllText(In("inner/file"), "content");
        Directory.CreateSymbolicLink(In("to-folder"), In("inner"));
        File.CreateSymbolicLink(In("to-file"), In("inner/file"));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("inner/file", true, true)]
    [InlineData("to-folder/file", false, true)]
    [InlineData("to-file", false, false)]
    [InlineData("to-folder", false, false)]
    [InlineData("inner", false, false)]
    [InlineData("none/file", false, false)]
    [InlineData("inner/file/none", false, false)]
    public void AFile_IsOpenedByAPathWithoutLinks(string name, bool withoutLinks, bool withLinks)
    {
        using var plain = PlainFile.Open(In(name), mayHaveLinks: false);
        using var any = PlainFile.Open(In(name), mayHaveLinks: true);

        Assert.Equal((withoutLinks, withLinks), (plain is not null, any is not null));
        Assert.Equal(withoutLinks ? 7 : 0, plain is null ? 0 : RandomAccess.GetLength(plain));
    }

    [Fact]
    public void APipe_IsNoFile_AndNotWaitedFor()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "There are no pipes with names here.");
        using (var made = Process.Start("mkfifo", [In("pipe")]))
        {
            made.WaitForExit();
        }

        Assert.Null(PlainFile.Open(In("pipe"), mayHaveLinks: false));
    }

    private string In(string name) => Path.Combine(_folder, name);
}
