using TorchSharp;

namespace DistributedFreeze.Training.Native;

/// <summary>A libtorch that the user has, in place of the program's own.</summary>
[Slow]
public sealed class NamedLibTorchTests : IDisposable
{
    private const string Setting = "A:Setting";
    private const string Debians = "/usr/lib/x86_64-linux-gnu";

    private static readonly string Bridge = LibTorchFolders.OfThisProcess().Find("libLibTorchSharp.so");

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(".", ".")]
    [InlineData("lib", ".")]
    [InlineData("torch/lib", "torch/lib")]
    [InlineData("torch/lib", "torch")]
    [InlineData("torch/lib", ".")]
    public void AnUnpackedOneOrPythons_IsFoundBelowWhatIsNamed(string where, string named)
    {
        var there = Directory.CreateDirectory(_folder.In(where)).FullName.TrimEnd('/', '.').TrimEnd('/');
        File.WriteAllText(Path.Combine(there, "libtorch_cpu.so"), "");

        Assert.Equal(there, NamedLibTorch.Find(_folder.In(named), Setting).Folder);
    }

    [Fact]
    public void WhereThereIsNone_TheErrorSaysWhereItWasLookedFor_AndWhatWouldBeRight()
    {
        var none = Assert.Throws<LibTorchException>(() => NamedLibTorch.Find(_folder.Path, Setting)).Message;
        var nowhere = Assert.Throws<LibTorchException>(() => NamedLibTorch.Find("/no/where", Setting)).Message;

        Assert.StartsWith($"A:Setting names '{_folder.Path}', and there is no libtorch_cpu.so in {_folder.Path}, {_folder.In("lib")}, ", none, StringComparison.Ordinal);
        Assert.StartsWith("A:Setting names '/no/where', and there is no such folder. A:Setting has to name the folder of an unpacked libtorch 2.10 or 2.11", nowhere, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2.10.0", true)]
    [InlineData("2.10.0+cpu", true)]
    [InlineData("2.11.0+cu130", true)]
    [InlineData("2.11.1", true)]
    [InlineData("2.9.1", false)]
    [InlineData("2.1.0", false)]
    [InlineData("2.12.0a0+git123", false)]
    [InlineData("1.13.0a0", false)]
    [InlineData("3.10.0", false)]
    [InlineData("nightly", false)]
    public void TheBridge_WasTriedOnTwoVersions(string version, bool isTried) => Assert.Equal(isTried, NamedLibTorch.IsTried(version));

    [Theory]
    [InlineData("version.py", "from typing import Optional\n__version__ = '2.12.0+cu130'\ndebug = False\n")]
    [InlineData("build-version", "2.12.0+cu130\n")]
    public void AnotherVersion_IsRefusedByTheFileThatSaysIt(string file, string content)
    {
        var named = Like("libtorch_cpu.so");
        var said = _folder.Write(file, content);

        var e = Assert.Throws<LibTorchException>(() => named.CheckFits(Bridge));

        Assert.StartsWith($"{named.Folder} holds libtorch 2.12.0+cu130, as {said} says; libLibTorchSharp.so of this program is built for 2.10 and was tried on 2.10 and 2.11. A:Setting has to name", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheProgramsOwn_Fits()
    {
        var own = new NamedLibTorch(Path.GetDirectoryName(Bridge)!, Setting);
        using var looking = new ElfSymbols(Bridge);

        own.CheckFits(Bridge);

        Assert.InRange(looking.Missing().Count, 1000, 2000);
        Assert.Null(LibTorch.Problem(own.Folder, Setting));
    }

    /// <summary>libtorch.so has no symbols of its own: it only names the others.</summary>
    [Fact]
    public void OneThatLacksSymbols_IsRefusedWithoutAnyWordOfItsVersion()
    {
        var e = Assert.Throws<LibTorchException>(() => Like("libtorch.so").CheckFits(Bridge));

        Assert.Matches(@"libtorch_cpu\.so is of another version than libLibTorchSharp\.so of this program, which is built for 2\.10: \d{3,4} symbols are missing in it, such as _Z", e.Message);
    }

    /// <summary>A fact from outside: Debian 12 has libtorch 1.13, whose folder says no version.</summary>
    [Fact]
    public void DebiansOldOne_IsRefused()
    {
        Assert.SkipUnless(File.Exists($"{Debians}/libtorch_cpu.so.1.13"), "Debian's libtorch 1.13 is not installed.");

        Assert.Contains("symbols are missing in it", LibTorch.Problem(Debians, Setting), StringComparison.Ordinal);
    }

    [Fact]
    public void CudasLibraries_AreFoundBesidePythons()
    {
        var lib = Directory.CreateDirectory(_folder.In("torch/lib")).FullName;
        Directory.CreateDirectory(_folder.In("nvidia/cudnn/lib"));
        Directory.CreateDirectory(_folder.In("nvidia/cu13/lib"));
        Directory.CreateDirectory(_folder.In("nvidia/empty"));

        Assert.Equal([_folder.In("nvidia/cu13/lib"), _folder.In("nvidia/cudnn/lib")], new NamedLibTorch(lib, Setting).CudaFolders);
        Assert.Empty(new NamedLibTorch(_folder.Path, Setting).CudaFolders);
    }

    [Fact]
    public void TheOneThatIsNamed_IsTheOnlyOneInTheProcess()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux's libtorch is taken from elsewhere.");
        var lib = Directory.CreateDirectory(_folder.In("site-packages/torch/lib")).FullName;
        foreach (var file in Directory.EnumerateFiles(Path.GetDirectoryName(Bridge)!).Where(file => Path.GetFileName(file) is var name && (name.StartsWith("libtorch", StringComparison.Ordinal) || name.StartsWith("libc10", StringComparison.Ordinal) || name.StartsWith("libgomp", StringComparison.Ordinal))))
        {
            File.Copy(file, Path.Combine(lib, Path.GetFileName(file)));
        }

        _ = OwnProcess.Passes(typeof(NamedLibTorchTests), nameof(TheLibrariesOfAProcessThatNamesOne), (LibTorch.Variable, _folder.In("site-packages")));
    }

    /// <summary>The child's part of the test above.</summary>
    [Fact(Explicit = true)]
    public void TheLibrariesOfAProcessThatNamesOne()
    {
        var named = Path.Combine(Environment.GetEnvironmentVariable(LibTorch.Variable)!, "torch", "lib");

        LibTorch.EnsureLoaded();

        using var sum = torch.ones(2, 2).sum();
        Assert.Equal(4f, sum.item<float>());
        Assert.Equal((Path.Combine(named, "libtorch_cpu.so"), LibTorch.Variable), (LibTorch.Current.Library, LibTorch.Current.NamedBy));
        var mapped = File.ReadLines("/proc/self/maps").Select(line => line[(line.LastIndexOf(' ') + 1)..]).Where(path => Path.GetFileName(path) is "libtorch_cpu.so" or "libc10.so" or "libtorch.so").Distinct();
        Assert.Equal(LibTorch.Libraries.Select(name => Path.Combine(named, name)).Order(), mapped.Order());
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>A libtorch in <c>lib</c> whose largest library is another file.</summary>
    private NamedLibTorch Like(string library)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The libraries are Linux's.");
        var (own, lib) = (Path.GetDirectoryName(Bridge)!, Directory.CreateDirectory(_folder.In("lib")).FullName);
        foreach (var (name, target) in new[] { ("libc10.so", "libc10.so"), ("libtorch.so", "libtorch.so"), ("libtorch_cpu.so", library) })
        {
            File.CreateSymbolicLink(Path.Combine(lib, name), Path.Combine(own, target));
        }

        return NamedLibTorch.Find(_folder.Path, Setting);
    }
}
