using System.Text.Json;

namespace DistributedFreeze.Client.Tests.Commands;

/// <summary>The built command as its own process.</summary>
[Slow]
public sealed class BuiltCommandTests
{
    [Fact]
    public async Task Plan_PrintsOneJsonObjectOnTheOutput()
    {
        var (exitCode, output, error) = await DfreezeProcess.RunAsync("plan", "--classes", "4", "--json");

        Assert.Equal((0, ""), (exitCode, error));
        using var document = JsonDocument.Parse(output);
        Assert.Equal(JsonValueKind.Object, document.RootElement.ValueKind);
    }

    [Fact]
    public async Task BadInput_GoesToTheErrorOutputWithExitCode2()
    {
        var (exitCode, output, error) = await DfreezeProcess.RunAsync("plan", "--classes", "4", "--unfreeze-from", "conv5_blok1_1_conv", "--json");

        Assert.Equal((2, ""), (exitCode, output));
        Assert.StartsWith("error: --unfreeze-from: ", error, StringComparison.Ordinal);
        Assert.Contains("conv5_block1_1_conv", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plan_LoadsNoTorchLibrary()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "LD_DEBUG belongs to the loader of Linux.");
        using var folder = new TemporaryFolder();

        // The loader itself writes down every library that the process opens.
        var (exitCode, _, _) = await DfreezeProcess.RunAsync(
            new Dictionary<string, string> { ["LD_DEBUG"] = "files", ["LD_DEBUG_OUTPUT"] = Path.Combine(folder.Path, "loaded") }, "plan", "--classes", "4");

        var loaded = string.Concat(Directory.EnumerateFiles(folder.Path).Select(File.ReadAllText));
        Assert.Equal(0, exitCode);
        Assert.Contains("libcoreclr.so", loaded, StringComparison.Ordinal);
        Assert.DoesNotContain("torch", loaded, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("libc10", loaded, StringComparison.Ordinal);
    }
}
