using System.Net;
using System.Text;
using System.Text.Json;
using DistributedFreeze.Data;
using DistributedFreeze.Freezing;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Hostile.Silos;

/// <summary>A silo that several people share who don't trust one another.</summary>
public sealed class HostileSilo : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<HttpClient> _clients = [];
    private TokenIssuer _issuer = null!;
    private SiloProcess _silo = null!;

    public HttpClient Alice { get; private set; } = null!;

    public HttpClient Bob { get; private set; } = null!;

    /// <summary>Sees all, and may change nothing.</summary>
    public HttpClient Viewer { get; private set; } = null!;

    public HttpClient Admin { get; private set; } = null!;

    /// <summary>May read and write below team-a alone.</summary>
    public HttpClient Bound { get; private set; } = null!;

    /// <summary>A key without a name.</summary>
    public HttpClient Nameless { get; private set; } = null!;

    /// <summary>Another key without a name.</summary>
    public HttpClient OtherNameless { get; private set; } = null!;

    public string Gateway => _silo.Gateway;

    public async ValueTask InitializeAsync()
    {
        foreach (var folder in (string[])["data", "outputs/team-a", "outside"])
        {
            Directory.CreateDirectory(In(folder));
        }

        foreach (var images in (string[])["data/images", "data/team-a/images"])
        {
            DemoImages.Write(In(images), seed: 1, size: 40, trainPerClass: 5, validationPerClass: 1, testPerClass: 2);
        }

        _issuer = await TokenIssuer.StartAsync();
        _silo = await SiloProcess.StartAsync(
            $"DataRoots:0={In("data")}", $"OutputRoots:0={In("outputs")}", "CpuSlots=1", "Dashboard=true",
            $"Api:Callers:alice:Key={KeyOf("alice")}", "Api:Callers:alice:Role=submitter",
            $"Api:Callers:bob:Key={KeyOf("bob")}", "Api:Callers:bob:Role=Submitter",
            $"Api:Callers:vera:Key={KeyOf("vera")}", "Api:Callers:vera:Role=viewer",
            $"Api:Callers:ruth:Key={KeyOf("ruth")}", "Api:Callers:ruth:Role=admin",
            $"Api:Callers:carol:Key={KeyOf("carol")}", "Api:Callers:carol:DataFolders:0=team-a", "Api:Callers:carol:OutputFolders:0=team-a",
            $"Api:Keys:0={KeyOf("nameless")}", $"Api:Keys:1={KeyOf("other-nameless")}",
            $"Api:Authority={_issuer.Url}", "Api:Audience=dfreeze", "Api:EventStreams=16", "Api:ConcurrentRequests=16");
        (Alice, Bob, Viewer, Admin, Bound) = (With(KeyOf("alice")), With(KeyOf("bob")), With(KeyOf("vera")), With(KeyOf("ruth")), With(KeyOf("carol")));
        (Nameless, OtherNameless) = (With(KeyOf("nameless")), With(KeyOf("other-nameless")));
    }

    public string In(string name) => _folder.In(name);

    /// <summary>The log line that begins so, after those that were waited for before.</summary>
    internal Task<string> SaysAsync(string beginning) => _silo.SaysAsync(beginning);

    /// <summary>Whoever has a token of the issuer.</summary>
    public HttpClient Token(string subject, params string[] roles) => With(_issuer.Issue("dfreeze", subject: subject, roles: roles));

    /// <summary>Whoever has a token that says of nobody that it is theirs.</summary>
    public HttpClient TokenOfNobody() => With(_issuer.Issue("dfreeze", subject: null));

    /// <summary>20 images in batches of 8: three steps an epoch.</summary>
    public static RunSpec Spec(string output, int epochs = 1) => new()
    {
        Data = new() { Path = "images", ImageSize = 40 },
        BatchSize = 8,
        Shards = 4,
        Output = output,
        Replicas = 1,
        Phases = [new() { Epochs = epochs, Freeze = new FreezePolicy.LastLayers(10) }],
    };

    /// <summary>A run that goes on until it is cancelled.</summary>
    public static RunSpec Endless(string output) => Spec(output, epochs: 9_000);

    public static Task<HttpResponseMessage> SubmitAsync(HttpClient who, RunSpec spec, string query = "") => who.PostAsync(
        $"/api/v1/runs{query}", new StringContent(JsonSerializer.Serialize(spec, RunJson.Indented), Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);

    public static async Task<string> StartAsync(HttpClient who, RunSpec spec, string query = "")
    {
        using var answer = await SubmitAsync(who, spec, query);
        return (await ReadAsync(answer, HttpStatusCode.Created)).GetProperty("runId").GetString()!;
    }

    /// <summary>A run that has succeeded.</summary>
    public async Task<string> FinishAsync(HttpClient who, RunSpec spec)
    {
        var runId = await StartAsync(who, spec);
        await EndAsync(runId);
        var run = await GetAsync(Admin, $"runs/{runId}");
        Assert.True(run.GetProperty("state").GetString() == "succeeded", run.ToString());
        return runId;
    }

    /// <summary>Waits until a run has ended.</summary>
    public async Task EndAsync(string runId)
    {
        using var events = await Admin.GetAsync($"/api/v1/runs/{runId}/events", TestContext.Current.CancellationToken); // ends with the run
        Assert.True(events.IsSuccessStatusCode, $"{events.StatusCode}");
    }

    /// <summary>Waits for a line of a run's events.</summary>
    public async Task UntilAsync(string runId, string line)
    {
        using var events = new StreamReader(await Admin.GetStreamAsync($"/api/v1/runs/{runId}/events", TestContext.Current.CancellationToken));
        while (await events.ReadLineAsync(TestContext.Current.CancellationToken) is { } read)
        {
            if (read == line)
            {
                return;
            }
        }

        Assert.Fail($"The run ended without {line}.");
    }

    /// <summary>Gives a run up, and waits for that.</summary>
    public async Task CancelAsync(string runId)
    {
        using var answer = await OrderAsync(Admin, runId, "cancel");
        await EndAsync(runId);
    }

    public static Task<HttpResponseMessage> OrderAsync(HttpClient who, string runId, string order) =>
        who.PostAsync($"/api/v1/runs/{runId}/{order}", null, TestContext.Current.CancellationToken);

    public static async Task<JsonElement> GetAsync(HttpClient who, string path)
    {
        using var answer = await who.GetAsync($"/api/v1/{path}", TestContext.Current.CancellationToken);
        return await ReadAsync(answer, HttpStatusCode.OK);
    }

    public static async Task<HttpStatusCode> AskAsync(HttpClient who, string path)
    {
        using var answer = await who.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    public static async Task<JsonElement> ReadAsync(HttpResponseMessage answer, HttpStatusCode expected)
    {
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.StatusCode == expected, $"{answer.StatusCode}: {text}");
        return JsonSerializer.Deserialize<JsonElement>(text);
    }

    /// <summary>What a refusal says.</summary>
    public static async Task<string> RefusalAsync(Task<HttpResponseMessage> asked, HttpStatusCode expected)
    {
        using var answer = await asked;
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        return (await ReadAsync(answer, expected)).GetProperty("detail").GetString()!;
    }

    public async ValueTask DisposeAsync()
    {
        _clients.ForEach(client => client.Dispose());
        await _silo.DisposeAsync();
        await _issuer.DisposeAsync();
        _folder.Dispose();
    }

    private static string KeyOf(string name) => $"{name}-0123456789abcdef0123";

    private HttpClient With(string key)
    {
        var client = new HttpClient { BaseAddress = _silo.Http };
        client.DefaultRequestHeaders.Authorization = new("Bearer", key);
        _clients.Add(client);
        return client;
    }
}
