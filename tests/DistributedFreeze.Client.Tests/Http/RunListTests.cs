using System.Collections.Immutable;
using System.Net;
using System.Text.Json;
using DistributedFreeze.Runs;
using DistributedFreeze.Silo.Http;

namespace DistributedFreeze.Client.Tests.Http;

/// <summary>The list of runs over HTTP. One test alone submits runs: it counts all that its silo has.</summary>
[Slow]
public sealed class RunListTests(ApiSilo silo) : IClassFixture<ApiSilo>
{
    [Fact]
    public async Task Runs_AreListedInShort_FilteredAndPageByPage()
    {
        foreach (var name in (string[])["one", "two", "three"])
        {
            var labels = name == "one" ? RunLabels.None : RunLabels.Of(new() { ["team"] = "vision", ["turn"] = name });
            using var submitted = await silo.SubmitAsync(ApiSilo.Spec(name) with { Labels = labels }, $"?id={name}");
            await silo.WatchAsync(name);
        }

        using var begun = await silo.SubmitAsync(ApiSilo.Spec("long", epochs: 10_000), "?id=long");
        var first = await silo.GetAsync("runs?take=3");
        var second = await silo.GetAsync($"runs?take=3&page={first.GetProperty("next").GetString()}");
        var running = await silo.GetAsync("runs?state=running&state=preparing&state=queued");
        var done = await silo.GetAsync("runs?state=succeeded&take=2");
        var rest = await silo.GetAsync($"runs?state=succeeded&take=2&page={done.GetProperty("next").GetString()}");
        var since = await silo.GetAsync($"runs?since={Uri.EscapeDataString(first.GetProperty("runs")[1].GetProperty("submittedAt").GetString()!)}");
        var none = await silo.GetAsync("runs?since=2999-01-01T00:00:00Z");
        var team = await silo.GetAsync("runs?label=team:vision");
        var turn = await silo.GetAsync("runs?label=team%3Dvision&label=turn:two&state=succeeded");
        var any = await silo.GetAsync("runs?label=turn&take=1");
        var other = await silo.GetAsync("runs?label=team:audio");
        var nobodys = await silo.GetAsync("runs?owner=alice");
        using var cancelled = await silo.OrderAsync("long", "cancel");

        Assert.Equal(
            ["long three two of 4", "one of 4", "long of 1", "three two of 3", "one of 3", "long three of 2", " of 0", "three two of 2", "two of 1", "three of 2", " of 0", " of 0"],
            new[] { first, second, running, done, rest, since, none, team, turn, any, other, nobodys }.Select(Page));
        Assert.All([second, running, rest, since, none], page => Assert.Equal(JsonValueKind.Null, page.GetProperty("next").ValueKind));
        var run = second.GetProperty("runs")[0];
        Assert.Equal(
            ["runId", "state", "submittedAt", "endedAt", "priority", "queuePosition", "devices", "epochsDone", "epochs", "output", "owner", "ownerIssuer", "labels"],
            run.EnumerateObject().Select(field => field.Name).Where(name => name != "reason"));
        Assert.Equal("""{"team":"vision","turn":"three"}""", any.GetProperty("runs")[0].GetProperty("labels").GetRawText());
        Assert.Equal((1, 1), (run.GetProperty("epochsDone").GetInt32(), run.GetProperty("epochs").GetInt32()));

        static string Page(JsonElement page) =>
            $"{string.Join(' ', page.GetProperty("runs").EnumerateArray().Select(run => run.GetProperty("runId").GetString()))} of {page.GetProperty("total")}";
    }

    [Theory]
    [InlineData("runs/one?epoch=true", "epoch", "unknown parameter 'epoch'; did you mean epochs?")]
    [InlineData("runs?stat=running", "stat", "unknown parameter 'stat'; did you mean state?")]
    [InlineData("runs?colour=red", "colour", "unknown parameter 'colour'; there are state, label, owner, since, take, page")]
    [InlineData("runs?label=team:", "label", "must be a label's name (lower-case letters, digits, _ and -) and value such as team:vision, or its name alone, got 'team:'")]
    [InlineData("runs?state=done", "state", "must be queued, preparing, running, succeeded, failed, interrupted, paused, cancelled, got 'done'")]
    [InlineData("runs?state=3", "state", "must be queued, preparing, running, succeeded, failed, interrupted, paused, cancelled, got '3'")]
    [InlineData("runs?since=yesterday", "since", "must be a time in ISO 8601, such as 2026-01-31T12:00:00Z, got 'yesterday'")]
    [InlineData("runs?page=%25", "page", "must be what the page before has as next, got '%'")]
    [InlineData("runs?page=abcd", "page", "must be what the page before has as next, got 'abcd'")]
    public async Task WhatNobodyReads_IsRefusedByName(string path, string field, string message)
    {
        using var answer = await silo.Http.GetAsync($"/api/v1/{path}", TestContext.Current.CancellationToken);

        var error = Assert.Single((await ApiSilo.ProblemAsync(answer, HttpStatusCode.BadRequest)).GetProperty("errors").EnumerateObject());
        Assert.Equal((field, message), (error.Name, error.Value[0].GetString()));
    }

    [Fact]
    public async Task Json_IsCompressedForThoseWhoAsk()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/openapi.json");
        request.Headers.Add("Accept-Encoding", "gzip");
        using var answer = await silo.Http.SendAsync(request, TestContext.Current.CancellationToken);
        var plain = await silo.Http.GetByteArrayAsync("/api/v1/openapi.json", TestContext.Current.CancellationToken);

        Assert.Equal(["gzip"], answer.Content.Headers.ContentEncoding);
        var content = await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        Assert.True(content.Length < plain.Length / 3, $"{content.Length} of {plain.Length} bytes");
    }

    [Fact]
    public void APage_BeginsAfterTheLastRun_WhateverCameOrWentMeanwhile()
    {
        ImmutableArray<string> ids = ["d", "c", "b", "a"];
        var token = PageToken.After(ids, 1);

        Assert.Equal(2, PageToken.Start(token, ids));
        Assert.Equal(4, PageToken.Start(token, ["f", "e", .. ids]));
        Assert.Equal(1, PageToken.Start(token, ["d", "b", "a"]));
        Assert.Equal(0, PageToken.Start(null, ids));
        Assert.Equal(4, PageToken.Start(PageToken.After(ids, 3), ids));
    }
}
