using System.Net;
using System.Text;
using DistributedFreeze.Hostile.Silos;

namespace DistributedFreeze.Hostile.Neighbours;

/// <summary>A run that asks for too much, or for what is another's, is refused or waits, and the others go on.</summary>
[Slow]
public sealed class NeighbourTests(HostileSilo silo) : IClassFixture<HostileSilo>
{
    [Fact]
    public async Task AHeadThatNoSiloHolds_IsRefused_NamingTheField()
    {
        var spec = HostileSilo.Spec("huge") with { Model = new() { Head = new() { Hidden = [65_536, 65_536, 65_536] } } };

        using var answer = await HostileSilo.SubmitAsync(silo.Alice, spec);

        var problem = await HostileSilo.ReadAsync(answer, HttpStatusCode.BadRequest);
        Assert.Contains("head", problem.GetProperty("errors").ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARunThatCanNeverStart_KeepsNobodyWaiting()
    {
        var never = await HostileSilo.StartAsync(silo.Alice, HostileSilo.Spec("never") with { BatchSize = 64, Shards = 64, Replicas = 64, MinReplicas = 64 }, "?priority=100");

        await silo.FinishAsync(silo.Bob, HostileSilo.Spec("beside"));

        Assert.Equal("queued", (await HostileSilo.GetAsync(silo.Alice, $"runs/{never}")).GetProperty("state").GetString());
        await silo.CancelAsync(never);
    }

    [Fact]
    public async Task AnOutputFolderThatIsAnothers_IsRefused_AndStaysAsItIs()
    {
        var runId = await HostileSilo.StartAsync(silo.Alice, HostileSilo.Endless("shared-folder"));
        await silo.UntilAsync(runId, "event: epoch-done");

        foreach (var output in (string[])["shared-folder", "./x/../shared-folder"])
        {
            var refusal = await HostileSilo.RefusalAsync(HostileSilo.SubmitAsync(silo.Bob, HostileSilo.Spec(output)), HttpStatusCode.BadRequest);
            Assert.Contains(silo.In("outputs/shared-folder"), refusal, StringComparison.Ordinal);
        }

        Assert.True(File.Exists(silo.In("outputs/shared-folder/run.json")));
        await silo.CancelAsync(runId);
    }

    [Theory]
    [InlineData("application/yaml", "data: {\npath: x")]
    [InlineData("application/yaml", "&a [*a, *a]")]
    [InlineData("application/json", "{\"data\":null,\"phases\":[null],\"output\":null}")]
    [InlineData("application/json", "{\"data\":{\"path\":\"\\ud800\"}}")]
    [InlineData("application/json", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[")]
    public async Task WhatIsNoRun_IsOneClearError(string type, string body)
    {
        using var answer = await silo.Alice.PostAsync("/api/v1/runs", new StringContent(body, Encoding.UTF8, type), TestContext.Current.CancellationToken);

        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        await HostileSilo.ReadAsync(answer, HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task WeightsThatAreNone_FailTheirOwnRun()
    {
        await File.WriteAllBytesAsync(silo.In("data/bad.h5"), [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a, 2, 8, 8, 0, .. new byte[64]], TestContext.Current.CancellationToken);
        var spec = HostileSilo.Spec("bad-weights") with { Model = new() { Weights = "bad.h5" } };

        var runId = await HostileSilo.StartAsync(silo.Alice, spec);
        await silo.EndAsync(runId);

        Assert.Equal("failed", (await HostileSilo.GetAsync(silo.Alice, $"runs/{runId}")).GetProperty("state").GetString());
        Assert.Equal(HttpStatusCode.OK, await HostileSilo.AskAsync(silo.Bob, "/healthz"));
    }
}
