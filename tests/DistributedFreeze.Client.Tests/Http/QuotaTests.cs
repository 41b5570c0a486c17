using System.Net;
using System.Text;
using System.Text.Json;
using DistributedFreeze.Client.Tests.Commands;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Client.Tests.Http;

/// <summary>What each caller may have at a time, asked over HTTP.</summary>
[Slow(seconds: 10)]
public sealed class QuotaTests : IAsyncLifetime
{
    private readonly DrawnImages _images = new();
    private SiloProcess _silo = null!;

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(_images.In("outputs"));
        _silo = await SiloProcess.StartAsync(
            $"DataRoots:0={_images.Path}", $"OutputRoots:0={_images.In("outputs")}", "CpuSlots=2", "ExchangePort=0",
            $"Api:Callers:alice:Key={KeyOf("alice")}", $"Api:Callers:bob:Key={KeyOf("bob")}",
            "Api:Quotas:0:Caller=alice", "Api:Quotas:0:Runs=2", "Api:Quotas:0:Devices=1", "Api:Quotas:0:HighestPriority=5");
    }

    [Fact]
    public async Task WhatACallerMayHave_BoundsTheirRunsAlone()
    {
        using var alice = With("alice");
        using var bob = With("bob");
        Assert.Equal("priority must be at most 5 for alice, got 6.", await RefusalAsync(alice, ApiSilo.Spec("a"), "?priority=6", HttpStatusCode.Forbidden));
        Assert.Equal(
            "minReplicas must be at most 1, the devices that alice may have at a time, got 2.",
            await RefusalAsync(alice, ApiSilo.Spec("a") with { Replicas = 2, MinReplicas = 2 }, "", HttpStatusCode.Forbidden));

        var first = await StartAsync(alice, ApiSilo.Spec("first", epochs: 9_000) with { Replicas = 2 });
        await UntilAsync(alice, first, "event: phase-started");
        var second = await StartAsync(alice, ApiSilo.Spec("second"));
        await UntilAsync(alice, second, "event: queued");
        Assert.Equal(
            "runs: alice may have 2 that wait or go on at a time, and has as many; let one end, or pause or cancel one.",
            await RefusalAsync(alice, ApiSilo.Spec("third"), "", HttpStatusCode.TooManyRequests));

        var other = await StartAsync(bob, ApiSilo.Spec("other"), "?priority=6");
        await UntilAsync(bob, other, "event: ended");
        Assert.Equal("succeeded", (await GetAsync(bob, other)).GetProperty("state").GetString());
        var waiting = await GetAsync(alice, second);
        Assert.Equal("queued", waiting.GetProperty("state").GetString());
        Assert.Equal("alice may have 1 devices at a time, and has 1; this run needs 1", waiting.GetProperty("reason").GetString());
        Assert.Equal(1, (await GetAsync(alice, first)).GetProperty("devices").GetArrayLength());

        await OrderAsync(alice, first, "pause");
        await UntilAsync(alice, second, "event: ended");
        Assert.Equal("succeeded", (await GetAsync(alice, second)).GetProperty("state").GetString());

        var more = (await StartAsync(alice, ApiSilo.Spec("more", epochs: 9_000)), await StartAsync(alice, ApiSilo.Spec("most", epochs: 9_000)));
        using var resumed = await alice.PostAsync($"/api/v1/runs/{first}/resume", null, TestContext.Current.CancellationToken);
        Assert.Equal(TimeSpan.FromMinutes(1), resumed.Headers.RetryAfter!.Delta);
        await ApiSilo.ProblemAsync(resumed, HttpStatusCode.TooManyRequests);
        foreach (var run in new[] { more.Item1, more.Item2, first })
        {
            await OrderAsync(alice, run, "cancel");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _silo.DisposeAsync();
        _images.Dispose();
    }

    private static string KeyOf(string name) => $"{name}-0123456789abcdef0123";

    private HttpClient With(string name)
    {
        var client = new HttpClient { BaseAddress = _silo.Http };
        client.DefaultRequestHeaders.Add("X-Api-Key", KeyOf(name));
        return client;
    }

    private static Task<HttpResponseMessage> SubmitAsync(HttpClient who, RunSpec spec, string query) => who.PostAsync(
        $"/api/v1/runs{query}", new StringContent(JsonSerializer.Serialize(spec, RunJson.Indented), Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);

    private static async Task<string> StartAsync(HttpClient who, RunSpec spec, string query = "")
    {
        using var answer = await SubmitAsync(who, spec, query);
        return (await ApiSilo.ReadAsync(answer, HttpStatusCode.Created)).GetProperty("runId").GetString()!;
    }

    private static async Task<string> RefusalAsync(HttpClient who, RunSpec spec, string query, HttpStatusCode expected)
    {
        using var answer = await SubmitAsync(who, spec, query);
        return (await ApiSilo.ProblemAsync(answer, expected)).GetProperty("detail").GetString()!;
    }

    private static async Task<JsonElement> GetAsync(HttpClient who, string runId)
    {
        using var answer = await who.GetAsync($"/api/v1/runs/{runId}", TestContext.Current.CancellationToken);
        return await ApiSilo.ReadAsync(answer, HttpStatusCode.OK);
    }

    private static async Task OrderAsync(HttpClient who, string runId, string order)
    {
        using var answer = await who.PostAsync($"/api/v1/runs/{runId}/{order}", null, TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, $"{answer.StatusCode}");
    }

    /// <summary>Waits for a line of a run's events.</summary>
    private static async Task UntilAsync(HttpClient who, string runId, string line)
    {
        using var events = new StreamReader(await who.GetStreamAsync($"/api/v1/runs/{runId}/events", TestContext.Current.CancellationToken));
        while (await events.ReadLineAsync(TestContext.Current.CancellationToken) is { } read)
        {
            if (read == line)
            {
                return;
            }
        }

        Assert.Fail($"The run ended without {line}.");
    }
}
