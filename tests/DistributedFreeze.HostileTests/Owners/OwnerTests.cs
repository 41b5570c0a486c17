using System.Net;
using System.Text.Json;
using DistributedFreeze.Hostile.Silos;

namespace DistributedFreeze.Hostile.Owners;

/// <summary>A run is its owner's: others neither see into it, nor change it, nor get its files.</summary>
[Slow]
public sealed class OwnerTests(HostileSilo silo) : IClassFixture<HostileSilo>
{
    [Fact]
    public async Task ARunThatGoesOn_IsItsOwnersAndTheAdmins()
    {
        var runId = await HostileSilo.StartAsync(silo.Alice, HostileSilo.Endless("alices"));
        foreach (var (who, name) in ((HttpClient, string)[])[(silo.Bob, "bob (submitter)"), (silo.Token("alice", "submitter"), "alice (submitter)")])
        {
            foreach (var order in (string[])["pause", "resume", "cancel"])
            {
                Assert.Equal(
                    $"You are {name}, and run {runId} is alice's; to {order} it you would have to be its owner or admin.",
                    await HostileSilo.RefusalAsync(HostileSilo.OrderAsync(who, runId, order), HttpStatusCode.Forbidden));
            }

            foreach (var path in (string[])["", "/events", "/artefacts", "/artefacts/run.json"])
            {
                Assert.Equal(HttpStatusCode.Forbidden, await HostileSilo.AskAsync(who, $"/api/v1/runs/{runId}{path}"));
            }
        }

        Assert.Equal("alice", (await HostileSilo.GetAsync(silo.Alice, $"runs/{runId}")).GetProperty("owner").GetString());
        using var paused = await HostileSilo.OrderAsync(silo.Alice, runId, "pause");
        Assert.Equal(HttpStatusCode.Accepted, paused.StatusCode);
        using var cancelled = await HostileSilo.OrderAsync(silo.Admin, runId, "cancel");
        Assert.True(cancelled.IsSuccessStatusCode);
        await silo.EndAsync(runId);
    }

    [Fact]
    public async Task ARunThatHasEnded_IsDeletedAndDownloadedByItsOwnerAlone()
    {
        var runId = await silo.FinishAsync(silo.Alice, HostileSilo.Spec("finished"));

        Assert.Equal(
            $"You are bob (submitter), and run {runId} is alice's; to delete it you would have to be its owner or admin.",
            await HostileSilo.RefusalAsync(silo.Bob.DeleteAsync($"/api/v1/runs/{runId}", TestContext.Current.CancellationToken), HttpStatusCode.Forbidden));
        Assert.Equal(
            $"You are vera (viewer), and run {runId} is alice's; to fetch files of it you would have to be its owner or admin.",
            await HostileSilo.RefusalAsync(silo.Viewer.GetAsync($"/api/v1/runs/{runId}/artefacts/model.safetensors", TestContext.Current.CancellationToken), HttpStatusCode.Forbidden));
        foreach (var file in (string[])["model.safetensors", "receipt.json", "log.txt"])
        {
            Assert.Equal(HttpStatusCode.OK, await HostileSilo.AskAsync(silo.Alice, $"/api/v1/runs/{runId}/artefacts/{file}"));
            Assert.Equal(HttpStatusCode.OK, await HostileSilo.AskAsync(silo.Admin, $"/api/v1/runs/{runId}/artefacts/{file}"));
            Assert.Equal(HttpStatusCode.Forbidden, await HostileSilo.AskAsync(silo.Bob, $"/api/v1/runs/{runId}/artefacts/{file}"));
        }

        var receipt = JsonDocument.Parse(await silo.Alice.GetStringAsync($"/api/v1/runs/{runId}/artefacts/receipt.json", TestContext.Current.CancellationToken)).RootElement;
        Assert.Equal("alice", receipt.GetProperty("owner").GetString());
        Assert.False(receipt.TryGetProperty("ownerIssuer", out _)); // a key has none

        using var deleted = await silo.Alice.DeleteAsync($"/api/v1/runs/{runId}", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
    }

    [Fact]
    public async Task AViewer_SeesAll_AndChangesNothing()
    {
        var runId = await silo.FinishAsync(silo.Bob, HostileSilo.Spec("seen"));

        Assert.Equal("bob", (await HostileSilo.GetAsync(silo.Viewer, $"runs/{runId}")).GetProperty("owner").GetString());
        Assert.Equal(HttpStatusCode.OK, await HostileSilo.AskAsync(silo.Viewer, $"/api/v1/runs/{runId}/events"));
        Assert.Equal(
            "You are vera (viewer); to submit runs you would have to be submitter or admin.",
            await HostileSilo.RefusalAsync(HostileSilo.SubmitAsync(silo.Viewer, HostileSilo.Spec("viewers")), HttpStatusCode.Forbidden));
        Assert.Equal(
            $"You are vera (viewer), and run {runId} is bob's; to resume it you would have to be its owner or admin.",
            await HostileSilo.RefusalAsync(HostileSilo.OrderAsync(silo.Viewer, runId, "resume"), HttpStatusCode.Forbidden));
    }

    [Fact]
    public async Task TheList_TellsWhoseARunIs_AndOthersNoMoreThanThat()
    {
        var runId = await silo.FinishAsync(silo.Alice, HostileSilo.Spec("listed"));

        Assert.Equal(("alice", true), await InListAsync(silo.Alice));
        Assert.Equal(("alice", true), await InListAsync(silo.Viewer));
        Assert.Equal(("alice", true), await InListAsync(silo.Admin));
        Assert.Equal(("alice", false), await InListAsync(silo.Bob));

        async Task<(string?, bool)> InListAsync(HttpClient who)
        {
            var run = (await HostileSilo.GetAsync(who, "runs")).GetProperty("runs").EnumerateArray().Single(run => run.GetProperty("runId").GetString() == runId);
            return (run.GetProperty("owner").GetString(), run.GetProperty("output").GetString() is not null);
        }
    }

    [Fact]
    public async Task AnothersIdAndSpec_GiveNothingOfTheirs()
    {
        var spec = HostileSilo.Spec("guessed");
        var runId = await silo.FinishAsync(silo.Alice, spec);

        Assert.Contains(
            "another caller's run", await HostileSilo.RefusalAsync(HostileSilo.SubmitAsync(silo.Bob, spec, $"?id={runId}"), HttpStatusCode.Conflict), StringComparison.Ordinal);
        using var own = await HostileSilo.SubmitAsync(silo.Alice, spec, $"?id={runId}");
        Assert.Equal(HttpStatusCode.OK, own.StatusCode);
    }

    [Fact]
    public async Task WhatACallerCanResume_NoOtherCallerGoesOnWith()
    {
        var spec = HostileSilo.Endless("interrupted");
        var runId = await HostileSilo.StartAsync(silo.Alice, spec);
        await silo.UntilAsync(runId, "event: epoch-done");
        using var paused = await HostileSilo.OrderAsync(silo.Alice, runId, "pause");
        await silo.UntilAsync(runId, "event: paused");

        var refusal = await HostileSilo.RefusalAsync(HostileSilo.SubmitAsync(silo.Bob, spec, "?resume=true"), HttpStatusCode.BadRequest);

        Assert.Contains($"is run {runId}'s", refusal, StringComparison.Ordinal);
        await silo.CancelAsync(runId);
    }

    [Fact]
    public async Task KeysWithoutNames_AreSubmitters_EachOfItsOwnRuns()
    {
        var runId = await silo.FinishAsync(silo.Nameless, HostileSilo.Spec("nameless"));

        Assert.Equal(HttpStatusCode.OK, await HostileSilo.AskAsync(silo.Nameless, $"/api/v1/runs/{runId}/artefacts/receipt.json"));
        Assert.Equal(HttpStatusCode.Forbidden, await HostileSilo.AskAsync(silo.OtherNameless, $"/api/v1/runs/{runId}/artefacts/receipt.json"));
        Assert.Matches("^key [0-9a-f]{8}$", (await HostileSilo.GetAsync(silo.Nameless, $"runs/{runId}")).GetProperty("owner").GetString());
    }

    [Fact]
    public async Task ATokensSubject_Owns_ByTheRolesThatItClaims()
    {
        var runId = await silo.FinishAsync(silo.Token("dora", "other", "submitter"), HostileSilo.Spec("doras"));

        var run = await HostileSilo.GetAsync(silo.Token("dora"), $"runs/{runId}"); // submitter where none is claimed
        Assert.Equal("dora", run.GetProperty("owner").GetString());
        Assert.StartsWith("http://127.0.0.1", run.GetProperty("ownerIssuer").GetString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await HostileSilo.AskAsync(silo.Token("eve", "viewer"), $"/api/v1/runs/{runId}"));
        Assert.Equal(HttpStatusCode.Forbidden, await HostileSilo.AskAsync(silo.Token("eve"), $"/api/v1/runs/{runId}"));
        Assert.Equal(HttpStatusCode.OK, await HostileSilo.AskAsync(silo.Token("root", "admin"), $"/api/v1/runs/{runId}/artefacts"));
        using var refused = await HostileSilo.SubmitAsync(silo.Token("dora", "viewer"), HostileSilo.Spec("viewing"));
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, await HostileSilo.AskAsync(silo.TokenOfNobody(), "/api/v1/runs"));
    }

    [Theory]
    [InlineData("images", "team-a/x", "data.path", false)]
    [InlineData("../images", "x", "data.path", true)]
    [InlineData("images", "../x", "output", true)]
    [InlineData("images", "../team-ab/x", "output", true)]
    public async Task FoldersOfACaller_AreTheirRoots(string data, string output, string field, bool isRefused)
    {
        var spec = HostileSilo.Spec(output);
        using var answer = await HostileSilo.SubmitAsync(silo.Bound, spec with { Data = spec.Data with { Path = data } });

        var body = await HostileSilo.ReadAsync(answer, isRefused ? HttpStatusCode.BadRequest : HttpStatusCode.Created);
        if (isRefused)
        {
            Assert.Contains("team-a", body.GetProperty("errors").GetProperty(field)[0].GetString(), StringComparison.Ordinal);
            return;
        }

        Assert.Equal(silo.In("outputs/team-a/team-a/x"), body.GetProperty("spec").GetProperty("output").GetString());
        await silo.CancelAsync(body.GetProperty("runId").GetString()!);
    }

    [Fact]
    public async Task TheDashboard_IsTheAdmins()
    {
        Assert.Equal(HttpStatusCode.OK, await HostileSilo.AskAsync(silo.Admin, "/dashboard/"));
        Assert.Equal(HttpStatusCode.Forbidden, await HostileSilo.AskAsync(silo.Alice, "/dashboard/DashboardCounters"));
        Assert.Equal(HttpStatusCode.Forbidden, await HostileSilo.AskAsync(silo.Viewer, "/dashboard/DashboardCounters"));
    }
}
