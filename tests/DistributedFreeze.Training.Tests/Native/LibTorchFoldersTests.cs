namespace DistributedFreeze.Training.Native;

public sealed class LibTorchFoldersTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dfreeze-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Find_NamesAMissingFileTheFoldersAndThePackage()
    {
        var e = Assert.Throws<LibTorchException>(() => new LibTorchFolders([_folder, "/nowhere"]).Find("libc10.so"));

        Assert.Contains($"libc10.so is missing; looked in {_folder}, /nowhere.", e.Message, StringComparison.Ordinal);
        Assert.Contains("TorchSharp-cpu", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_TakesTheFirstFolderThatHoldsTheFile()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The library is Linux's.");
        var real = LibTorchFolders.OfThisProcess().Find("libtorch.so");
        File.Copy(real, Path.Combine(_folder, "libtorch.so"));

        Assert.Equal(Path.Combine(_folder, "libtorch.so"), new LibTorchFolders([_folder, Path.GetDirectoryName(real)!]).Find("libtorch.so"));
        Assert.Equal(real, new LibTorchFolders(["/nowhere", Path.GetDirectoryName(real)!]).Find("libtorch.so"));
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.01)]
    [InlineData(0.5)]
    [InlineData(0.9999)]
    public void Find_RefusesALibraryCutShort(double share)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The library is Linux's.");
        var whole = File.ReadAllBytes(LibTorchFolders.OfThisProcess().Find("libc10.so"));
        File.WriteAllBytes(Path.Combine(_folder, "libc10.so"), whole[..(int)(whole.Length * share)]);

        var e = Assert.Throws<LibTorchException>(() => new LibTorchFolders([_folder]).Find("libc10.so"));

        Assert.Contains($"{Path.Combine(_folder, "libc10.so")} is broken", e.Message, StringComparison.Ordinal);
    }
}
