using System.Net;

namespace DistributedFreeze.Client.Tests.Http;

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
        using var resumed = await silo.OrderAsync(runId, "resume");

        await ApiSilo.ProblemAsync(deleted, HttpStatusCode.Conflict);
        Assert.Equal(HttpStatusCode.Accepted, paused.StatusCode);
        Assert.Equal(": watching", alive[0]);
        Assert.Equal(HttpStatusCode.Accepted, cancelled.StatusCode);
        Assert.Contains("\"state\":\"cancelled\"", rest.FindLast(line => line.StartsWith("data:", StringComparison.Ordinal)), StringComparison.Ordinal);
        await ApiSilo.ProblemAsync(resumed, HttpStatusCode.Conflict);
    }

    private static List<int> Ids(List<string> events) =>
        [.. events.Where(line => line.StartsWith("id: ", StringComparison.Ordinal)).Select(line => int.Parse(line["id: ".Length..], null))];
}
