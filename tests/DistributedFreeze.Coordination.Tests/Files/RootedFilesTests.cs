using System.Text;
using DistributedFreeze.Coordination.Files;
using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Coordination.Tests.Files;

/// <summary>A link that takes a folder's place when the path has been judged already.</summary>
public sealed class RootedFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _root;
    private readonly string _outside;

    public RootedFilesTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux tells where a handle leads.");
        (_root, _outside) = (_folder.In("root"), _folder.In("outside"));
        Directory.CreateDirectory(Path.Combine(_root, "run"));
        Directory.CreateDirectory(_outside);
        RootedFiles.Add([_root]);
    }

    [Fact]
    public void WhereNoLinkIs_FilesAreWrittenReplacedAndRead()
    {
        for (var times = 0; times < 2; times++)
        {
            AtomicFile.Write(In("receipt.json"), stream => stream.Write("{}"u8));
            WriteTensor(In("model.safetensors"));
        }

        using var receipt = RootedFiles.OpenRead(In("receipt.json"));
        using var model = SafetensorsFile.Open(In("model.safetensors"));
        File.Delete(In("receipt.json"));
        RootedFiles.Require(receipt, In("receipt.json")); // replaced since is not elsewhere
        Assert.Equal(["model.safetensors"], Directory.EnumerateFiles(Path.Combine(_root, "run")).Select(Path.GetFileName));
    }

    [Fact]
    public void BehindALink_NothingIsWritten()
    {
        Swap();

        var written = Assert.Throws<IOException>(() => AtomicFile.Write(In("receipt.json"), stream => stream.Write("{}"u8)));
        Assert.StartsWith($"{In("receipt.json")}.", written.Message, StringComparison.Ordinal);
        Assert.Contains("leads elsewhere by now", written.Message, StringComparison.Ordinal);
        Assert.Throws<IOException>(() => WriteTensor(In("model.safetensors")));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_outside));
    }

    [Fact]
    public void AFolderThatGoesWhileAFileIsWritten_GetsNoFileInAnothersPlace()
    {
        var moved = Assert.ThrowsAny<IOException>(() => AtomicFile.Write(In("receipt.json"), stream =>
        {
            stream.Write("{}"u8);
            Swap();
        }));

        Assert.Contains("leads elsewhere by now", moved.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_outside));
    }

    [Fact]
    public void BehindALink_NothingIsRead()
    {
        WriteTensor(Path.Combine(_outside, "model.safetensors"));
        File.WriteAllText(Path.Combine(_outside, "secret"), "secret", Encoding.UTF8);
        Swap();

        Assert.Throws<IOException>(() => RootedFiles.OpenRead(In("secret")));
        Assert.Contains("leads elsewhere by now", Assert.Throws<InvalidInputException>(() => SafetensorsFile.Open(In("model.safetensors"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void BehindALink_NoReceiptOrSpecIsRead()
    {
        var folder = new OutputFolder(Path.Combine(_root, "run"));
        File.WriteAllText(Path.Combine(_outside, "receipt.json"), """{"runId":"r1"}""");
        Assert.Null(folder.FindReceipt("r1"));
        Swap();

        Assert.Contains("leads elsewhere by now", Assert.Throws<IOException>(() => folder.FindReceipt("r1")).Message, StringComparison.Ordinal);
        Assert.Null(folder.FindOwner());
        Assert.Contains("leads elsewhere by now", Assert.Throws<InvalidInputException>(() => StoredJson.ReadReceipt(In("receipt.json"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFileThatWasCreatedElsewhere_IsEmptiedByItsHandle_AndStays()
    {
        Swap();
        using var file = File.OpenHandle(In("new"), FileMode.CreateNew, FileAccess.Write, preallocationSize: 100);

        Assert.Throws<IOException>(() => RootedFiles.RequireCreated(file, In("new")));

        Assert.Equal(0, new FileInfo(Path.Combine(_outside, "new")).Length);
    }

    [Fact]
    public void BehindALink_NothingIsRemovedOrReplaced()
    {
        var folder = new OutputFolder(Path.Combine(_root, "run"));
        foreach (var file in (string[])[folder.Checkpoint, folder.Spec, folder.Owner, folder.Receipt, folder.Model])
        {
            File.WriteAllText(Path.Combine(_outside, Path.GetFileName(file)), "another's");
        }

        Swap();

        Assert.All([folder.Checkpoint, folder.Spec, folder.Owner], file =>
            Assert.Contains("leads elsewhere by now", Assert.Throws<IOException>(() => RootedFiles.Delete(file)).Message, StringComparison.Ordinal));
        Assert.Throws<IOException>(() => RootedFiles.Replace(folder.Spec, folder.Owner));
        Assert.ThrowsAny<Exception>(folder.Clear);
        Assert.All(Directory.EnumerateFiles(_outside), file => Assert.Equal("another's", File.ReadAllText(file)));
        Assert.Equal(5, Directory.EnumerateFiles(_outside).Count());
    }

    [Fact]
    public void WhatIsNotThere_IsRemovedAlready_AndAFolderThatIsGoneIsSaid()
    {
        RootedFiles.Delete(In("nothing"));
        AtomicFile.Write(In("receipt.json"), stream => stream.Write("{}"u8));
        RootedFiles.Delete(In("receipt.json"));
        Assert.False(File.Exists(In("receipt.json")));

        Assert.Throws<DirectoryNotFoundException>(() => RootedFiles.Delete(Path.Combine(_root, "gone", "nothing")));
        Assert.Contains(In("nothing"), Assert.ThrowsAny<IOException>(() => RootedFiles.Replace(In("nothing"), In("something"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void BelowNoRoot_LinksAreFollowed()
    {
        Directory.CreateSymbolicLink(_folder.In("link"), _outside);

        AtomicFile.Write(_folder.In("link/receipt.json"), stream => stream.Write("{}"u8));

        Assert.Equal("{}", File.ReadAllText(Path.Combine(_outside, "receipt.json")));
    }

    public void Dispose() => _folder.Dispose();

    private string In(string name) => Path.Combine(_root, "run", name);

    private void Swap()
    {
        Directory.Move(Path.Combine(_root, "run"), _folder.In("before"));
        Directory.CreateSymbolicLink(Path.Combine(_root, "run"), _outside);
    }

    private static void WriteTensor(string path)
    {
        using var writer = new SafetensorsWriter(path, [new("x", ElementType.F32, [2])], new Dictionary<string, string>());
        writer.Write("x", [1f, 2f]);
        writer.Commit();
    }
}
