using System.Text.Json;

namespace DistributedFreeze.Client.Tests.Commands;

[Slow(seconds: 40)]
public sealed class DemoTests
{
    private static readonly string[] FieldsThatOthersRelyOn =
    [
        "modelSha256", "maskHash", "frozenUnchanged", "trainableParameters", "testAccuracy", "trainLoss", "replicas", "imagesPerSecond",
        "seconds",
    ];

    [Fact]
    public async Task Demo_TrainsWithoutAnyFileAndDoesSoAgain()
    {
        using var folder = new TemporaryFolder();
        var output = Path.Combine(folder.Path, "demo");

        var (exitCode, json, error) = await DfreezeProcess.RunAsync("demo", "--json", "--output", output);
        var again = await CommandRun.EmbeddedAsync("demo", "--output", output, "--replicas", "1");

        Assert.True(exitCode == 0, error);
        using var document = JsonDocument.Parse(json);
        var receipt = document.RootElement;
        Assert.All(FieldsThatOthersRelyOn, field => Assert.True(receipt.TryGetProperty(field, out _), field));
        Assert.True(receipt.GetProperty("frozenUnchanged").GetBoolean());
        Assert.Equal(2, receipt.GetProperty("replicas").GetInt32());
        Assert.Equal(8_196, receipt.GetProperty("trainableParameters").GetInt64());
        Assert.Equal(receipt.GetProperty("epochs").GetArrayLength(), receipt.GetProperty("trainLoss").GetArrayLength());
        Assert.True(receipt.GetProperty("testAccuracy").GetDouble() > 0.5, "It learns more than chance, which is 0.25.");

        Assert.True(again.ExitCode == 0, again.Error);
        Assert.Contains($"sha256 {receipt.GetProperty("modelSha256").GetString()}", again.Output, StringComparison.Ordinal);
        Assert.EndsWith($"dfreeze predict {Path.Combine(output, "run")} {Path.Combine(output, "images", "test")}", again.Output.TrimEnd(), StringComparison.Ordinal);
        Assert.Equal(100, (await CommandRun.EmbeddedAsync("predict", Path.Combine(output, "run"), Path.Combine(output, "images", "test"))).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("random base weights, seed 0", again.Error, StringComparison.Ordinal);
        Assert.Equal(["log.txt", "model.safetensors", "receipt.json"], Directory.EnumerateFiles(Path.Combine(output, "run")).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task Demo_LeavesAFolderOfSomethingElseAlone()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(Path.Combine(folder.Path, "images"));
        var mine = folder.Write(Path.Combine("images", "mine.png"), "mine");

        var run = await CommandRun.EmbeddedAsync("demo", "--output", folder.Path);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("holds something else than demo images", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(mine));
    }
}
