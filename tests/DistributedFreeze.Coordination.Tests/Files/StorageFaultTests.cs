namespace DistributedFreeze.Coordination.Files;

/// <summary>A full disk is told from what waiting does not mend.</summary>
public sealed class StorageFaultTests
{
    /// <summary>A device that has no room for anything.</summary>
    private const string FullDevice = "/dev/full";

    [Fact]
    public void WhereThereIsNoRoom_ThatIsTold()
    {
        Assert.SkipUnless(File.Exists(FullDevice), $"There is no {FullDevice}.");

        var reason = Assert.ThrowsAny<IOException>(() => File.WriteAllText(FullDevice, "anything"));

        Assert.True(StorageFault.IsFull(reason), $"{reason.HResult}: {reason.Message}");
        Assert.Equal("the disk is full", StorageFault.Of(Path.Combine(Path.GetTempPath(), "run.json"), 0, reason).Message);
    }

    [Fact]
    public void AFolderThatIsNotThere_IsNotFull()
    {
        var reason = Assert.ThrowsAny<IOException>(() => File.WriteAllText(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName(), "run.json"), "anything"));

        Assert.False(StorageFault.IsFull(reason));
        Assert.False(StorageFault.MayPass(reason));
    }

    [Fact]
    public void AFileSystemThatBecameReadOnly_MayBeWritableAgain()
    {
        const int ReadOnlyFileSystem = 30; // EROFS
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The number is Linux's.");

        Assert.True(StorageFault.MayPass(new IOException("Read-only file system", ReadOnlyFileSystem)));
        Assert.True(StorageFault.MayPass(new UnauthorizedAccessException()));
    }
}
