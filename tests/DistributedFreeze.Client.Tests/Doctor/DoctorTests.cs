using System.Diagnostics;
using System.Text.Json;
using DistributedFreeze.Client.Tests.Commands;
using DistributedFreeze.Training.Native;

namespace DistributedFreeze.Client.Tests.Doctor;

/// <summary>The built command, on this machine and on such as nobody wishes for.</summary>
[Slow(seconds: 40)]
public sealed class DoctorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task OnThisMachine_ARunWouldWork()
    {
        var (exitCode, output, error) = await DfreezeProcess.RunAsync("doctor", "--json");

        Assert.Equal((0, ""), (exitCode, error));
        var found = JsonDocument.Parse(output).RootElement;
        Assert.True(found.GetProperty("works").GetBoolean());
        LibTorch.EnsureLoaded();
        Assert.StartsWith(found.GetProperty("libTorch").GetProperty("version").GetString()!, TorchSharp.torch.__version__, StringComparison.Ordinal);
        Assert.Equal(Environment.ProcessorCount, found.GetProperty("processor").GetProperty("usable").GetInt32());
        Assert.Equal("cpu", found.GetProperty("convolutions")[0].GetProperty("device").GetString());
        Assert.NotEqual(0, found.GetProperty("onnxRuntime").GetProperty("providers").GetArrayLength());
    }

    [Fact]
    public async Task WithoutNativeLibraries_ItSaysWhichAreMissing_AndAllTheRest()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "It leaves out libraries of Linux.");
        Copy("libtorch_cpu.so", "libonnxruntime.so");

        using var doctor = DfreezeProcess.Start(_folder.Path, [], "doctor");
        var (exitCode, output, error) = await doctor.EndAsync();

        Assert.Equal((1, ""), (exitCode, error));
        Assert.Contains("error: libtorch: libtorch_cpu.so is missing; looked in ", output, StringComparison.Ordinal);
        Assert.Contains("error: ONNX Runtime: ONNX Runtime does not load on this host.", output, StringComparison.Ordinal);
        Assert.Contains("Cache        ", output, StringComparison.Ordinal);
        Assert.Contains($"{Environment.ProcessorCount} of ", output, StringComparison.Ordinal);
        Assert.EndsWith($"A run would fail: mend the errors above, and look again.{Environment.NewLine}", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ALibraryThatEndsItsProcess_IsALineOfTheAnswer()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && SearchPath.Find("gcc") is not null, "It makes a library of Linux with gcc.");
        Copy("libc10.so");
        var source = _folder.Write("dies.c", "#include <stdio.h>\n#include <stdlib.h>\n__attribute__((constructor)) void dies(void) { fputs(\"a last word\\n\", stderr); abort(); }\n");
        using var gcc = Process.Start("gcc", ["-shared", "-fPIC", "-o", _folder.In("libc10.so"), source]);
        await gcc.WaitForExitAsync(TestContext.Current.CancellationToken);

        using var doctor = DfreezeProcess.Start(_folder.Path, [], "doctor");
        var (exitCode, output, error) = await doctor.EndAsync();

        Assert.Equal((1, ""), (exitCode, error));
        Assert.Contains(
            "error: libtorch: its process died of SIGABRT: a native library gave up, or memory ran out, while it loaded libtorch; the last that it wrote: a last word. Try ONEDNN_MAX_CPU_ISA=AVX",
            output, StringComparison.Ordinal);
        Assert.Contains("ONNX Runtime 1.", output, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private void Copy(params string[] but)
    {
        foreach (var file in new DirectoryInfo(AppContext.BaseDirectory).EnumerateFiles().Where(file => !but.Contains(file.Name)))
        {
            // A program is where its file really is, and libraries are where they are looked for.
            if (file.Name.Contains(".so", StringComparison.Ordinal))
            {
                File.CreateSymbolicLink(_folder.In(file.Name), file.FullName);
            }
            else
            {
                file.CopyTo(_folder.In(file.Name));
            }
        }
    }
}
