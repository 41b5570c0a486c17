using System.Diagnostics;
using System.Runtime.InteropServices;

namespace DistributedFreeze.Training.Native;

/// <summary>Libraries that need others from folders that the loader does not know. gcc makes some.</summary>
public sealed class CudaLibrariesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task WhatIsNeeded_IsLoadedInTheOrderInWhichItIsNeeded()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && SearchPath.Find("gcc") is not null, "It makes libraries of Linux with gcc.");
        var (first, second, torch) = (Folder("first"), Folder("second"), Folder("torch"));
        var deep = await MakeAsync(second, "libdfdeep.so.9", "int deep(void) { return 40; }");
        var middle = await MakeAsync(first, "libdfmiddle.so", "int deep(void); int middle(void) { return deep() + 2; }", deep);
        await MakeAsync(first, "libdfunneeded.so", "int unneeded(void) { return 0; }");
        var top = await MakeAsync(torch, "libdftop.so", "int middle(void); int top(void) { return middle(); }", middle, deep);
        Assert.False(NativeLibrary.TryLoad(top, out _));

        var order = CudaLibraries.InOrder([top], [first, second]);
        CudaLibraries.Preload([top], [first, second]);

        Assert.Equal([deep, middle], order);
        Assert.True(NativeLibrary.TryLoad(top, out var loaded));
        Assert.Equal(42, Call(NativeLibrary.GetExport(loaded, "top")));
    }

    [Fact]
    public void ALibraryThatIsNone_NeedsNothing() => Assert.Empty(CudaLibraries.InOrder([_folder.Write("libx.so", "no library")], [_folder.Path]));

    public void Dispose() => _folder.Dispose();

    private static int Call(nint address) => Marshal.GetDelegateForFunctionPointer<Function>(address)();

    private string Folder(string name) => Directory.CreateDirectory(_folder.In(name)).FullName;

    private async Task<string> MakeAsync(string folder, string name, string code, params string[] needed)
    {
        var library = Path.Combine(folder, name);
        using var gcc = Process.Start("gcc", ["-shared", "-fPIC", $"-Wl,-soname,{name}", "-Wl,--no-as-needed", "-o", library, _folder.Write($"{name}.c", code), .. needed]);
        await gcc.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, gcc.ExitCode);
        return library;
    }

    private delegate int Function();
}
