using System.Net;

namespace DistributedFreeze.Client.Tests.Http;

[Slow]
public sealed class EventStreamTests(ApiSilo silo) : IClassFixture<ApiSilo>
{
    [Fact]
    public async Task ABrokenStream_GoesOnWithoutLossOrRepetition()
    {
        var runId = await silo.StartAsync(ApiSilo.Spec("broken", epochs: 3));

        var before = Ids(await silo.WatchAsync(runId, enough: line => line.Contains("\"event\":\"epoch-done\"", StringComparison.Ordinal)));
        var after = Ids(await silo.WatchAsync(runId, lastEventId: $"{before[^1]}"));

        Assert.Equal(Enumerable.Range(1, before.Count + after.Count), before.Concat(after));
        using var over = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/runs/{runId}/events");
        over.Headers.Add("Last-Event-ID", $"{after[^1]}");
        using var nothing = await silo.Http.SendAsync(over, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NoContent, nothing.StatusCode);
    }

    [Fact]
    public async Task APausedRun_IsSilentButAlive_AndIsCancelled()
    {
        var runId = await silo.StartAsync(ApiSilo.Spec("paused", epochs: 10_000));
        await silo.WatchAsync(runId, enough: line => line.Contains("\"event\":\"epoch-done\"", StringComparison.Ordinal));
        using var deleted = await silo.Http.DeleteAsync($"/api/v1/runs/{runId}", TestContext.Current.CancellationToken);
        using var paused = await silo.OrderAsync(runId, "pause");
        await silo.WatchAsync(runId, enough: line => line.Contains("\"event\":\"paused\"", StringComparison.Ordinal));
        var alive = await silo.WatchAsync(runId, enough: line => line == ": nothing new");
        using var cancelled = await silo.OrderAsync(runId, "cancel");
        var rest = await silo.WatchAsync(runId);
        using var again = await silo.OrderAsync(runId, "cancel");
        using var resumed = await silo.OrderAsync(runId, "resume");

        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        await ApiSilo.ProblemAsync(deleted, HttpStatusCode.Conflict);
        Assert.Equal(HttpStatusCode.Accepted, paused.StatusCode);
        Assert.Equal(": watching", alive[0]);
        Assert.Equal(HttpStatusCode.Accepted, cancelled.StatusCode);
        Assert.Contains("\"state\":\"cancelled\"", rest.FindLast(line => line.StartsWith("data:", StringComparison.Ordinal)), StringComparison.Ordinal);
        await ApiSilo.ProblemAsync(resumed, HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task AWatcherThatComesLate_GetsTheEndAndThenTheClose()
    {
        var runId = await silo.StartAsync(ApiSilo.Spec("late"));
        var first = WithoutPauses(await silo.WatchAsync(runId));

        var whole = WithoutPauses(await silo.WatchAsync(runId));
        var last = WithoutPauses(await silo.WatchAsync(runId, lastEventId: $"{Ids(first)[^1] - 1}"));

        Assert.Equal(first, whole);
        Assert.Equal([Ids(first)[^1]], Ids(last));
        Assert.Contains("\"event\":\"ended\"", last[^2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnyLastEventId_IsTaken_AndEventsSayTheirKind()
    {
        var runId = await silo.StartAsync(ApiSilo.Spec("garbage"));
        var whole = WithoutPauses(await silo.WatchAsync(runId));

        foreach (var garbage in (string[])["one", "-1", "1.5", "99999", "99999999999999999999999"])
        {
            Assert.Equal(whole, WithoutPauses(await silo.WatchAsync(runId, garbage)));
        }

        Assert.Equal([": watching", "retry: 2000", ""], whole[..3]);
        Assert.Matches("^id: 1\nevent: [a-z-]+\ndata: {\"event\":", string.Join('\n', whole[3..6]));
        Assert.Equal(["event: ended", ""], [whole[^3], whole[^1]]);
    }

    [Fact(Timeout = 60_000)] // else what follows on the connection waits for the run to end where it fails
    public async Task AHead_DoesNotWaitForEvents()
    {
        var runId = await silo.StartAsync(ApiSilo.Spec("head", epochs: 10_000));
        using var request = new HttpRequestMessage(HttpMethod.Head, $"/api/v1/runs/{runId}/events");
        using var answer = await silo.Http.SendAsync(request, TestContext.Current.CancellationToken);
        using var cancelled = await silo.OrderAsync(runId, "cancel");

        Assert.Equal((HttpStatusCode.OK, "text/event-stream"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
    }

    /// <summary>A browser comes back with the last id whenever a stream ends or breaks, and stays away once it is told that there is nothing.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(int.MaxValue)]
    public async Task ABrowser_SeesTheEndOnce(int eventsOfAConnection)
    {
        var runId = await silo.StartAsync(ApiSilo.Spec($"browser-{eventsOfAConnection}", epochs: 3));
        var seen = new List<string>();
        while (await ReadAsync())
        {
        }

        Assert.Equal(Enumerable.Range(1, seen.Count / 2), Ids(seen));
        Assert.Contains("\"event\":\"ended\"", Assert.Single(seen, line => line.Contains("\"event\":\"ended\"", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains("\"event\":\"ended\"", seen[^1], StringComparison.Ordinal);

        async Task<bool> ReadAsync()
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/runs/{runId}/events");
            if (seen.Count > 0)
            {
                request.Headers.Add("Last-Event-ID", $"{Ids(seen)[^1]}");
            }

            using var answer = await silo.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
            using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
            var events = 0;
            while (events < eventsOfAConnection && await reader.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
            {
                if (line.StartsWith("id: ", StringComparison.Ordinal) || line.StartsWith("data: ", StringComparison.Ordinal))
                {
                    seen.Add(line);
                    events += line[0] == 'd' ? 1 : 0;
                }
            }

            return answer.StatusCode != HttpStatusCode.NoContent;
        }
    }

    /// <summary>Without what is said whenever nothing happens for a while, which may be at any time.</summary>
    private static List<string> WithoutPauses(List<string> lines) =>
        [.. string.Join('\n', lines).Replace(": nothing new\n\n", "", StringComparison.Ordinal).Split('\n')];

    private static List<int> Ids(List<string> events) =>
        [.. events.Where(line => line.StartsWith("id: ", StringComparison.Ordinal)).Select(line => int.Parse(line["id: ".Length..], null))];
}
