namespace DistributedFreeze.Training.Native;

public sealed class LibTorchFoldersTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Find_NamesAMissingFileTheFoldersAndThePackage()
    {
        var e = Assert.Throws<LibTorchException>(() => new LibTorchFolders([_folder.Path, "/nowhere"]).Find("libc10.so"));

        Assert.Contains($"libc10.so is missing; looked in {_folder.Path}, /nowhere.", e.Message, StringComparison.Ordinal);
        Assert.Contains("TorchSharp-cpu", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_TakesTheFirstFolderThatHoldsTheFile()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The library is Linux's.");
        var real = LibTorchFolders.OfThisProcess().Find("libtorch.so");
        File.Copy(real, _folder.In("libtorch.so"));

        Assert.Equal(_folder.In("libtorch.so"), new LibTorchFolders([_folder.Path, Path.GetDirectoryName(real)!]).Find("libtorch.so"));
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
        File.WriteAllBytes(_folder.In("libc10.so"), whole[..(int)(whole.Length * share)]);

        var e = Assert.Throws<LibTorchException>(() => new LibTorchFolders([_folder.Path]).Find("libc10.so"));

        Assert.Contains($"{_folder.In("libc10.so")} is broken", e.Message, StringComparison.Ordinal);
    }
}
