using System.Net;
using System.Text;
using System.Text.Json;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Client.Tests.Http;

/// <summary>What those who know HTTP expect without reading a page of ours.</summary>
[Slow]
public sealed class HttpConventionTests(ApiSilo silo) : IClassFixture<ApiSilo>
{
    [Fact]
    public async Task Head_IsAnsweredAsGetIs()
    {
        foreach (var path in (string[])["runs", "devices", "queue", "openapi.json"])
        {
            using var answer = await SendAsync(HttpMethod.Head, path);

            Assert.Equal((path, HttpStatusCode.OK, "application/json"), (path, answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        }

        using var unknown = await SendAsync(HttpMethod.Head, "runs/nobody");
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Theory]
    [InlineData("runs", "GET, HEAD, OPTIONS, POST")]
    [InlineData("runs/any", "DELETE, GET, HEAD, OPTIONS")]
    [InlineData("runs/any/pause", "OPTIONS, POST")]
    public async Task Options_SaysWhatThereIs(string path, string methods)
    {
        using var answer = await SendAsync(HttpMethod.Options, path);

        Assert.Equal((HttpStatusCode.NoContent, methods), (answer.StatusCode, string.Join(", ", answer.Content.Headers.Allow.Order(StringComparer.Ordinal))));
    }

    [Fact]
    public async Task AnotherMethodOrPath_IsAProblem()
    {
        using var other = await SendAsync(HttpMethod.Put, "runs");
        using var nowhere = await SendAsync(HttpMethod.Options, "nothing");

        await ApiSilo.ProblemAsync(other, HttpStatusCode.MethodNotAllowed);
        await ApiSilo.ProblemAsync(nowhere, HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task AFile_HasItsType_AndAnEndedRunIsNotCancelled()
    {
        var runId = await silo.StartAsync(ApiSilo.Spec("types"));
        await silo.WatchAsync(runId);

        Assert.Equal("application/json", await TypeAsync("receipt.json"));
        Assert.Equal("text/plain", await TypeAsync("log.txt"));
        Assert.Equal("application/octet-stream", await TypeAsync("model.safetensors"));
        using var cancelled = await silo.OrderAsync(runId, "cancel");
        var problem = await ApiSilo.ProblemAsync(cancelled, HttpStatusCode.Conflict);
        Assert.Contains("has ended (succeeded)", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);

        async Task<string?> TypeAsync(string name)
        {
            using var answer = await SendAsync(HttpMethod.Head, $"runs/{runId}/artefacts/{name}", ("Accept-Encoding", "gzip"));
            Assert.Equal(new FileInfo(silo.In($"outputs/types/{name}")).Length, answer.Content.Headers.ContentLength);
            return answer.Content.Headers.ContentType?.MediaType;
        }
    }

    [Fact]
    public async Task AnIdempotencyKey_IsOneRun()
    {
        using var first = await SubmitAsync("keyed", "a key of mine");
        using var again = await SubmitAsync("keyed", "a key of mine");
        using var other = await SubmitAsync("keyed-otherwise", "a key of mine");
        using var second = await SubmitAsync("keyed-2", "another key");
        using var tooLong = await SubmitAsync("keyed-3", new string('k', 256));

        var runId = (await ApiSilo.ReadAsync(first, HttpStatusCode.Created)).GetProperty("runId").GetString();
        Assert.Equal(runId, (await ApiSilo.ReadAsync(again, HttpStatusCode.OK)).GetProperty("runId").GetString());
        await ApiSilo.ProblemAsync(other, HttpStatusCode.Conflict);
        Assert.NotEqual(runId, (await ApiSilo.ReadAsync(second, HttpStatusCode.Created)).GetProperty("runId").GetString());
        var problem = await ApiSilo.ProblemAsync(tooLong, HttpStatusCode.BadRequest);
        Assert.Equal(["Idempotency-Key"], problem.GetProperty("errors").EnumerateObject().Select(error => error.Name));

        Task<HttpResponseMessage> SubmitAsync(string output, string key) =>
            SendAsync(HttpMethod.Post, "runs", ("Idempotency-Key", key), JsonSerializer.Serialize(ApiSilo.Spec(output), RunJson.Compact));
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, (string Name, string Value)? header = null, string? body = null)
    {
        using var request = new HttpRequestMessage(method, $"/api/v1/{path}");
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        if (header is { } given)
        {
            request.Headers.Add(given.Name, given.Value);
        }

        return await silo.Http.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
