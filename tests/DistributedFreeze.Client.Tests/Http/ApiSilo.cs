using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using DistributedFreeze.Client.Tests.Commands;
using DistributedFreeze.Freezing;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Client.Tests.Http;

/// <summary>A silo with roots of its own, asked over HTTP as one without .NET would.</summary>
public sealed class ApiSilo : IAsyncLifetime
{
    private readonly DrawnImages _images = new();
    private SiloProcess _silo = null!;

    public HttpClient Http { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(In("outputs"));
        _silo = await SiloProcess.StartAsync(
            $"DataRoots:0={_images.Path}", $"OutputRoots:0={In("outputs")}", "CpuSlots=2", "ExchangePort=0", "Dashboard=true", "Api:LongestRequest=20000");
        Http = new() { BaseAddress = _silo.Http };
    }

    /// <summary>Where .NET clients connect to.</summary>
    public string Gateway => _silo.Gateway;

    public string In(string name) => _images.In(name);

    /// <summary>20 images in batches of 8: three steps an epoch.</summary>
    public static RunSpec Spec(string output, int epochs = 1) => new()
    {
        Data = new() { Path = ".", ImageSize = 40 },
        BatchSize = 8,
        Shards = 4,
        Output = output,
        Replicas = 1,
        Phases = [new() { Epochs = epochs, Freeze = new FreezePolicy.LastLayers(10) }],
    };

    public Task<HttpResponseMessage> SubmitAsync(RunSpec spec, string query = "") =>
        SubmitAsync(JsonSerializer.Serialize(spec, RunJson.Indented), query);

    public Task<HttpResponseMessage> SubmitAsync(string body, string query = "", string type = "application/json") =>
        Http.PostAsync($"/api/v1/runs{query}", new StringContent(body, Encoding.UTF8, type), TestContext.Current.CancellationToken);

    public async Task<string> StartAsync(RunSpec spec)
    {
        using var answer = await SubmitAsync(spec);
        return (await ReadAsync(answer, HttpStatusCode.Created)).GetProperty("runId").GetString()!;
    }

    public Task<HttpResponseMessage> OrderAsync(string runId, string order) =>
        Http.PostAsync($"/api/v1/runs/{runId}/{order}", null, TestContext.Current.CancellationToken);

    public async Task<JsonElement> GetAsync(string path) =>
        await Http.GetFromJsonAsync<JsonElement>($"/api/v1/{path}", TestContext.Current.CancellationToken);

    public static async Task<JsonElement> ReadAsync(HttpResponseMessage answer, HttpStatusCode expected)
    {
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.StatusCode == expected, $"{answer.StatusCode}: {text}");
        return JsonSerializer.Deserialize<JsonElement>(text);
    }

    /// <summary>A problem as RFC 9457 has it.</summary>
    public static async Task<JsonElement> ProblemAsync(HttpResponseMessage answer, HttpStatusCode expected)
    {
        var problem = await ReadAsync(answer, expected);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal((int)expected, problem.GetProperty("status").GetInt32());
        return problem;
    }

    /// <summary>Reads an event stream, comments included, until it ends or enough is read.</summary>
    public async Task<List<string>> WatchAsync(string runId, string? lastEventId = null, Func<string, bool>? enough = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/runs/{runId}/events");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        if (lastEventId is not null)
        {
            request.Headers.Add("Last-Event-ID", lastEventId);
        }

        using var answer = await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.OK, "text/event-stream"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        var lines = new List<string>();
        while (await reader.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            lines.Add(line);
            if (enough?.Invoke(line) == true)
            {
                break;
            }
        }

        return lines;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _silo.DisposeAsync();
        _images.Dispose();
    }
}
