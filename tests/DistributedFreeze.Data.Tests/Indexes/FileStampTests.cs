using System.Globalization;

namespace DistributedFreeze.Data.Indexes;

/// <summary>What statx says, beside what Debian's stat and the runtime say.</summary>
public sealed class FileStampTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public FileStampTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux is asked.");

    [Fact]
    public void AStamp_IsWhatStatSays()
    {
        var path = _folder.In("ü.jpg");
        File.WriteAllBytes(path, new byte[12_345]);
        File.SetLastWriteTimeUtc(path, new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc).AddTicks(1_234_567));

        var stamp = FileStamp.Of(path)!.Value;

        var said = Stat(path).Split(' '); // length, seconds of both times with nine digits after the point, inode
        Assert.Equal(long.Parse(said[0], CultureInfo.InvariantCulture), stamp.Length);
        Assert.Equal(Nanoseconds(said[1]), stamp.Modified);
        Assert.Equal(Nanoseconds(said[2]), stamp.Changed);
        Assert.Equal(ulong.Parse(said[3], CultureInfo.InvariantCulture), stamp.Inode);
        Assert.Equal(12_345, stamp.Length);
        Assert.Equal("981173106.123456700", said[1]);
    }

    [Fact]
    public void AFileThatGotItsOldTimeBack_IsTold()
    {
        var path = _folder.In("a.jpg");
        File.WriteAllBytes(path, [1, 2, 3]);
        var time = new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(path, time);
        var before = FileStamp.Of(path)!.Value;

        FileStamp after;
        do
        {
            File.WriteAllBytes(path, [4, 5, 6]);
            File.SetLastWriteTimeUtc(path, time);
            after = FileStamp.Of(path)!.Value;
        }
        while (after.Changed == before.Changed); // the clock of a file system has steps of some milliseconds

        Assert.Equal((before.Length, before.Modified, before.Inode), (after.Length, after.Modified, after.Inode));
        Assert.NotEqual(before, after);
    }

    [Fact]
    public void ALink_HasTheStampOfWhatItLeadsTo()
    {
        File.WriteAllBytes(_folder.In("a.jpg"), [1, 2, 3]);
        File.CreateSymbolicLink(_folder.In("b.jpg"), "a.jpg");

        Assert.Equal(FileStamp.Of(_folder.In("a.jpg")), FileStamp.Of(_folder.In("b.jpg")));
    }

    [Fact]
    public void WhatIsNoFile_HasNone()
    {
        Assert.Null(FileStamp.Of(_folder.Path));
        Assert.Null(FileStamp.Of(_folder.In("missing.jpg")));
        Assert.Null(FileStamp.Of("/dev/null"));
    }

    public void Dispose() => _folder.Dispose();

    private static long Nanoseconds(string time) => long.Parse(time.Replace(".", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);

    private static string Stat(string path)
    {
        using var stat = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("stat", ["--format", "%s %.9Y %.9Z %i", path]) { RedirectStandardOutput = true })!;
        return stat.StandardOutput.ReadToEnd().Trim();
    }
}
