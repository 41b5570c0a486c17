using System.Diagnostics;
using System.Runtime.InteropServices;
using TorchSharp;

namespace DistributedFreeze.Training.Native;

public sealed class LibTorchTests
{
    private const string StrangeHost = "DFREEZE_TEST_HOST_WITHOUT_LIBTORCH";

    [Fact]
    public void EnsureLoaded_MakesTensorsUsable()
    {
        LibTorch.EnsureLoaded();

        using var sum = torch.ones(2, 2).sum();
        Assert.Equal(4f, sum.item<float>());
    }

    [Fact]
    public void EnsureLoaded_MayBeCalledFromManyThreadsAtOnce() => Parallel.For(0, 32, _ => LibTorch.EnsureLoaded());

    [Fact]
    public void EnsureLoaded_LeavesNoPrivateCopyBehind()
    {
        LibTorch.EnsureLoaded();

        var folders = Directory.EnumerateDirectories(Path.GetTempPath(), "distributed-freeze-*");
        Assert.DoesNotContain(folders, folder => File.Exists(Path.Combine(folder, "libLibTorchSharp.so")));
    }

    [Fact]
    public void EnsureLoaded_LetsNoWarningsOfLibtorchIntoTheOutput()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux's libtorch is told.");
        const int Error = 2;
        LibTorch.EnsureLoaded();

        var level = NativeLibrary.GetExport(NativeLibrary.Load(LibTorchFolders.OfThisProcess().Find("libc10.so")), "FLAGS_caffe2_log_level");

        Assert.Equal(Error, Marshal.ReadInt32(level));
    }

    [Theory]
    [InlineData("nothing", "libc10.so is missing")]
    [InlineData("bridge alone", "libc10.so is missing")]
    [InlineData("garbage", "libc10.so is broken: It is not a shared library for Linux x64.")]
    public async Task EnsureLoaded_SaysOnceWhatIsWrongWithTheHost(string host, string expected)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux is looked over beforehand.");
        var folder = Directory.CreateTempSubdirectory("dfreeze-test-").FullName;
        try
        {
            // Without its list of dependencies the program takes every managed library beside it, and no native one from elsewhere.
            foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory)
                .Where(file => Path.GetExtension(file) is ".dll" or ".Tests" || file.EndsWith(".runtimeconfig.json", StringComparison.Ordinal)))
            {
                File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
            }

            if (host == "bridge alone")
            {
                File.Copy(LibTorchFolders.OfThisProcess().Find("libLibTorchSharp.so"), Path.Combine(folder, "libLibTorchSharp.so"));
            }
            else if (host == "garbage")
            {
                await File.WriteAllTextAsync(Path.Combine(folder, "libc10.so"), new string('x', 1000), TestContext.Current.CancellationToken);
            }

            var output = await Run(Path.Combine(folder, typeof(LibTorchTests).Assembly.GetName().Name!));

            Assert.Contains(expected, output, StringComparison.Ordinal);
            Assert.Contains("TorchSharp-cpu", output, StringComparison.Ordinal);
            Assert.DoesNotContain("TypeInitialization", output, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The child's part of the test above.</summary>
    [Fact(Explicit = true)]
    public void EnsureLoaded_OnAStrangeHost()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable(StrangeHost) == "1", "Only in the child process of another test.");
        LibTorch.EnsureLoaded();
    }

    private static async Task<string> Run(string program)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in new[] { "-explicit", "only", "-noColor", "-method", $"{typeof(LibTorchTests).FullName}.{nameof(EnsureLoaded_OnAStrangeHost)}" })
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment[StrangeHost] = "1";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.NotEqual(0, process.ExitCode);
        return await output + await error;
    }
}
