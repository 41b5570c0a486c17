using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using DistributedFreeze.Client.Tests.Commands;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Client.Tests.Http;

/// <summary>Where something is missing: devices, streams, storage.</summary>
[Slow]
public sealed class ScarceTests : IDisposable
{
    private readonly DrawnImages _images = new();

    [Fact]
    public async Task ARunWithoutDevices_IsInTheQueue_AndNoMoreStreamsAreOpenThanAllowed()
    {
        await using var silo = await SiloProcess.StartAsync("CpuSlots=0", "ExchangePort=0", "Api:EventStreams=1");
        using var http = new HttpClient { BaseAddress = silo.Http };
        using var submitted = await SubmitAsync(http, "waiting");
        using var stream = await http.GetAsync("/api/v1/runs/waiting/events", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        using (var reader = new StreamReader(await stream.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken), leaveOpen: true))
        {
            while (!(await reader.ReadLineAsync(TestContext.Current.CancellationToken))!.Contains("\"event\":\"queued\"", StringComparison.Ordinal))
            {
            }
        }

        using var second = await http.GetAsync("/api/v1/runs/waiting/events", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        var queue = await http.GetFromJsonAsync<string[]>("/api/v1/queue", TestContext.Current.CancellationToken);
        var ready = await http.GetStringAsync("/readyz", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Created, submitted.StatusCode);
        Assert.Equal(["waiting"], queue!);
        Assert.Equal(HttpStatusCode.TooManyRequests, second.StatusCode); // an open stream would never be read to its end
        await ApiSilo.ProblemAsync(second, HttpStatusCode.TooManyRequests);
        Assert.EndsWith("devices: 0 of this silo's", ready, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AStorageThatIsAway_Is503()
    {
        using var redis = await RedisServer.StartAsync();
        await using var silo = await SiloProcess.StartAsync("Clustering=redis", $"Redis={redis.Connection}", "CpuSlots=1", "ExchangePort=0");
        using var http = new HttpClient { BaseAddress = silo.Http };
        redis.Dispose();

        using var refused = await SubmitAsync(http, "lost");
        using var ready = await http.GetAsync("/readyz", TestContext.Current.CancellationToken);

        await ApiSilo.ProblemAsync(refused, HttpStatusCode.ServiceUnavailable);
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains("storage: it does not answer", await ready.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    public void Dispose() => _images.Dispose();

    private Task<HttpResponseMessage> SubmitAsync(HttpClient http, string id)
    {
        var spec = ApiSilo.Spec(_images.In(id)) with { Data = new() { Path = _images.Path, ImageSize = 40 } };
        var body = new StringContent(JsonSerializer.Serialize(spec, RunJson.Compact), Encoding.UTF8, "application/json");
        return http.PostAsync($"/api/v1/runs?id={id}", body, TestContext.Current.CancellationToken);
    }
}
