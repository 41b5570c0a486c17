using System.Text.Json;

namespace DistributedFreeze.Client.Tests.Commands;

/// <summary>What the command says of a run's memory, in a process that has as little as the test gives it.</summary>
[Slow]
public sealed class MemoryTests
{
    /// <summary>1 GiB, as .NET writes it: what a container's limit comes down to.</summary>
    private static readonly Dictionary<string, string> Small = new() { ["DOTNET_GCHeapHardLimit"] = "0x40000000" };

    [Theory]
    [InlineData("--head", "--head", "16384,16384,16384")]
    [InlineData("--batch", "--batch", "65536", "--shards", "1")]
    [InlineData("--max-pixels", "--max-pixels", "536000000")]
    public async Task Train_RefusesWhatThisMachineCannotHold_BeforeAnythingStarts(string field, params string[] options)
    {
        using var images = new DrawnImages();

        var (exitCode, output, error) = await DfreezeProcess.RunAsync(
            Small, ["train", "--data", images.Path, "--random-weights", "--output", images.In("out"), .. options]);

        Assert.Equal((2, ""), (exitCode, output));
        Assert.StartsWith($"error: {field}: makes the run too large: a replica needs about ", Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.Contains("and this machine has 759,169,024 (759 MB) for it", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(images.In("out")));
    }

    [Fact]
    public async Task Plan_SaysWhatAReplicaNeeds_AndWarnsWhereThereIsLess()
    {
        var (exitCode, output, _) = await DfreezeProcess.RunAsync(Small, "plan", "--classes", "4", "--head", "4096,4096");

        Assert.Equal(0, exitCode);
        Assert.Contains("Memory           up to 2.", output, StringComparison.Ordinal);
        Assert.Contains("MB   sums of gradients: the head", output, StringComparison.Ordinal);
        Assert.Contains("There are        759 MB for runs", output, StringComparison.Ordinal);
        Assert.Contains("warning: --head makes the run too large", output.ReplaceLineEndings(" "), StringComparison.Ordinal);
    }

    [Fact]
    public async Task APlanForGpus_TellsTheirMemoryFromTheHosts()
    {
        var text = await CommandRun.OfAsync("plan", "--classes", "4", "--device", "cuda");
        var json = await CommandRun.OfAsync("plan", "--classes", "4", "--device", "cuda", "--json");

        Assert.Matches(@"\nMemory +up to .* of the host per replica, ", text.Output);
        Assert.Matches(@"\nGPU memory +at least .* of each replica's GPU, up to .* by large blocks of images; kept features take up to half of what is left:\n +[0-9.]+ [GM]B +evaluating the prefix", text.Output);
        var memory = JsonDocument.Parse(json.Output).RootElement.GetProperty("memory");
        Assert.InRange(memory.GetProperty("deviceBytes").GetInt64(), 1, memory.GetProperty("deviceBytesAtMost").GetInt64());
        Assert.Contains(memory.GetProperty("deviceParts").EnumerateArray(), part => part.GetProperty("what").GetString() == "weights of the base");
    }

    [Fact]
    public async Task PlansJson_HasThePartsAndTheFieldsThatMakeThem()
    {
        var (exitCode, output, error) = await DfreezeProcess.RunAsync("plan", "--classes", "4", "--head", "4096,4096", "--json");

        Assert.Equal((0, ""), (exitCode, error));
        var memory = JsonDocument.Parse(output).RootElement.GetProperty("memory");
        var parts = memory.GetProperty("parts").EnumerateArray().ToList();
        Assert.Equal(memory.GetProperty("bytes").GetInt64(), parts.Sum(part => part.GetProperty("bytes").GetInt64()));
        Assert.Equal("--head", parts[0].GetProperty("field").GetString());
        Assert.Contains(parts, part => part.GetProperty("what").GetString() == "weights of the base" && part.GetProperty("field").ValueKind == JsonValueKind.Null);
        Assert.True(memory.GetProperty("availableBytes").GetInt64() > 0);
    }
}
