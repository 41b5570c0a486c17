using DistributedFreeze.Coordination.Tensors;

namespace DistributedFreeze.Coordination.Files;

public sealed class UnfinishedFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>In a process of its own, since that cannot write any more afterwards.</summary>
    [Fact]
    public void AProcessThatEndsInTheMiddleOfAWrite_LeavesNoPartOfAFile() => _ = OwnProcess.Passes(typeof(UnfinishedFilesTests), nameof(Child_GivesUp));

    [Fact(Explicit = true)]
    public void Child_GivesUp()
    {
        AtomicFile.Write(_folder.In("before"), stream => stream.WriteByte(1));
        using var tensors = new SafetensorsWriter(_folder.In("tensors"), [new("a", "F32", [2])], new Dictionary<string, string>());

        Assert.Throws<FileNotFoundException>(() => AtomicFile.Write(_folder.In("during"), _ => UnfinishedFiles.GiveUp()));

        Assert.Equal([_folder.In("before")], Directory.GetFiles(_folder.In(".")).Select(Path.GetFullPath));
        Assert.Throws<IOException>(() => AtomicFile.Write(_folder.In("after"), stream => stream.WriteByte(1)));
        Assert.Equal([_folder.In("before")], Directory.GetFiles(_folder.In(".")).Select(Path.GetFullPath));
    }

    public void Dispose() => _folder.Dispose();
}
