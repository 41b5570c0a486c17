using DistributedFreeze.Data;
using DistributedFreeze.Hostile.Silos;

namespace DistributedFreeze.Hostile.Files;

/// <summary>A path that was judged when the run was submitted is judged again when it is used: a link that took a folder's place is not followed.</summary>
[Slow]
public sealed class SwappedPathTests(HostileSilo silo) : IClassFixture<HostileSilo>
{
    [Theory]
    [InlineData("output", "outputs/swap-output/run")]
    [InlineData("data.path", "data/swap-data/images")]
    [InlineData("model.weights", "data/swap-weights/base.safetensors")]
    [InlineData("features.directory", "outputs/swap-features/cache")]
    public async Task ALinkThatAppearsWhileTheRunWaits_IsNotFollowed(string field, string path)
    {
        var spec = HostileSilo.Spec($"swapped-{field}");
        spec = field switch
        {
            "output" => spec with { Output = path["outputs/".Length..] },
            "data.path" => spec with { Data = spec.Data with { Path = path["data/".Length..] } },
            "model.weights" => spec with { Model = spec.Model with { Weights = path["data/".Length..] } },
            _ => spec with { Features = spec.Features with { Directory = path["outputs/".Length..] } },
        };
        Make(silo.In(path), field);
        var swapped = Path.GetDirectoryName(silo.In(path))!;
        var blocking = await HostileSilo.StartAsync(silo.Alice, HostileSilo.Endless($"blocks-{field}"));
        var runId = await HostileSilo.StartAsync(silo.Alice, spec);

        var outside = silo.In($"outside/{field}");
        Directory.Move(swapped, outside);
        Directory.CreateSymbolicLink(swapped, outside);
        var before = Contents(outside);
        await silo.CancelAsync(blocking);
        await silo.EndAsync(runId);

        var run = await HostileSilo.GetAsync(silo.Alice, $"runs/{runId}");
        Assert.Equal("failed", run.GetProperty("state").GetString());
        Assert.Contains("leads elsewhere", run.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Equal(before, Contents(outside));
        Assert.Equal(0, (await HostileSilo.GetAsync(silo.Alice, $"runs/{runId}/artefacts")).GetArrayLength());
    }

    [Fact]
    public async Task AnOutputFolderThatBecomesALinkWhileTheRunTrains_GetsNoModel()
    {
        var runId = await HostileSilo.StartAsync(silo.Alice, HostileSilo.Endless("swap-late/run"));
        await silo.UntilAsync(runId, "event: epoch-done");

        Directory.Move(silo.In("outputs/swap-late"), silo.In("outside/late"));
        Directory.CreateSymbolicLink(silo.In("outputs/swap-late"), silo.In("outside/late"));
        var before = Contents(silo.In("outside/late"));
        using var paused = await HostileSilo.OrderAsync(silo.Alice, runId, "pause"); // writes a checkpoint
        await silo.EndAsync(runId);

        Assert.Equal("failed", (await HostileSilo.GetAsync(silo.Alice, $"runs/{runId}")).GetProperty("state").GetString());
        Assert.Equal(before, Contents(silo.In("outside/late")));
        Assert.Equal(0, (await HostileSilo.GetAsync(silo.Alice, $"runs/{runId}/artefacts")).GetArrayLength());
    }

    private static void Make(string path, string field)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (field == "data.path")
        {
            DemoImages.Write(path, seed: 2, size: 40, trainPerClass: 5, validationPerClass: 1, testPerClass: 2);
        }
        else if (field == "model.weights")
        {
            File.WriteAllText(path, "a secret of the machine");
        }
    }

    private static List<(string, DateTime)> Contents(string folder) =>
        [.. Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories).Order().Select(path => (path, File.GetLastWriteTimeUtc(path)))];
}
