using DistributedFreeze.Errors;

namespace DistributedFreeze.Coordination.Outputs;

/// <summary>What cannot be written is refused before a run begins; once it has been taken on, that is waited for.</summary>
public sealed class UnwritableFolderTests
{
    [Fact]
    public void AFolderThatCannotBeMade_IsRefusedBeforeARunBegins_AndWaitedForAfterwards()
    {
        var readOnly = ReadOnlyFolder.Find();
        Assert.SkipWhen(readOnly is null, "Nothing is mounted read-only here.");
        var folder = new OutputFolder(Path.Combine(readOnly, "new", "run"));

        var refusal = Assert.Throws<InvalidInputException>(folder.RequireWritable);
        Assert.Equal($"output: must be a folder that can be written: {readOnly} cannot (Read-only file system)", refusal.Message);

        var blocked = Assert.Throws<StorageUnavailableException>(
            () => new OutputLock(folder, "this-run").Begin(new() { Data = new() { Path = "images" }, Phases = [new()], Output = folder.Path }));
        Assert.Equal(folder.Path, blocked.Path);
    }

    [Fact]
    public void AFolderThatIsNotThereYet_IsJudgedByTheOneAboveIt()
    {
        using var temporary = new TemporaryFolder();

        new OutputFolder(temporary.In("a/b/c")).RequireWritable();

        Assert.Empty(Directory.EnumerateFileSystemEntries(temporary.Path));
    }
}
