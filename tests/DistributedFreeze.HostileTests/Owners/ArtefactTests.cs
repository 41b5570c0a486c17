using System.Diagnostics;
using System.Net;
using DistributedFreeze.Hostile.Silos;

namespace DistributedFreeze.Hostile.Owners;

/// <summary>A run hands out what it made itself, and nothing that lies beside it.</summary>
[Slow]
public sealed class ArtefactTests(HostileSilo silo) : IClassFixture<HostileSilo>
{
    [Fact]
    public async Task AFolderThatHoldsOthersFiles_GivesNothingOfTheirs()
    {
        foreach (var name in (string[])["log.txt", "run.json", "notes.txt", "secrets.json", "other.safetensors", "readme.txt"])
        {
            await File.WriteAllTextAsync(silo.In($"outputs/{name}"), "somebody's", TestContext.Current.CancellationToken);
        }

        var blocking = await HostileSilo.StartAsync(silo.Alice, HostileSilo.Endless("blocks"));
        var runId = await HostileSilo.StartAsync(silo.Bob, HostileSilo.Spec("."));
        Assert.Equal(0, (await HostileSilo.GetAsync(silo.Bob, $"runs/{runId}/artefacts")).GetArrayLength());
        Assert.Equal(HttpStatusCode.NotFound, await HostileSilo.AskAsync(silo.Bob, $"/api/v1/runs/{runId}/artefacts/log.txt"));
        await silo.CancelAsync(blocking);
        await silo.EndAsync(runId);

        Assert.Equal(
            ["log.txt", "model.safetensors", "receipt.json"],
            (await HostileSilo.GetAsync(silo.Bob, $"runs/{runId}/artefacts")).EnumerateArray().Select(artefact => artefact.GetProperty("name").GetString()));
        foreach (var name in (string[])["run.json", "notes.txt", "secrets.json", "other.safetensors", "%2e%2e%2fdata", ".owner"])
        {
            Assert.Equal(HttpStatusCode.NotFound, await HostileSilo.AskAsync(silo.Bob, $"/api/v1/runs/{runId}/artefacts/{name}"));
        }
    }

    [Theory]
    [InlineData("replaced")]
    [InlineData("link")]
    [InlineData("hard-link")]
    public async Task AFileThatIsSwappedAfterwards_IsNotHandedOut(string how)
    {
        await File.WriteAllTextAsync(silo.In("outside/secret"), "of the machine", TestContext.Current.CancellationToken);
        var runId = await silo.FinishAsync(silo.Alice, HostileSilo.Spec($"swapped-{how}"));
        var file = silo.In($"outputs/swapped-{how}/log.txt");
        Assert.Equal(HttpStatusCode.OK, await HostileSilo.AskAsync(silo.Alice, $"/api/v1/runs/{runId}/artefacts/log.txt"));
        File.Delete(file);
        switch (how)
        {
            case "link":
                File.CreateSymbolicLink(file, silo.In("outside/secret"));
                break;
            case "hard-link":
                using (var link = Process.Start("ln", [silo.In("outside/secret"), file]))
                {
                    await link.WaitForExitAsync(TestContext.Current.CancellationToken);
                }

                break;
            default:
                await File.WriteAllTextAsync(file, "another's", TestContext.Current.CancellationToken);
                break;
        }

        Assert.Equal(HttpStatusCode.NotFound, await HostileSilo.AskAsync(silo.Alice, $"/api/v1/runs/{runId}/artefacts/log.txt"));
        Assert.Equal(2, (await HostileSilo.GetAsync(silo.Alice, $"runs/{runId}/artefacts")).GetArrayLength());
    }
}
