using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace DistributedFreeze.Client.Tests.Http;

/// <summary>Who is let in over HTTP.</summary>
[Slow]
public sealed class ApiAccessTests
{
    private const string Key = "first-key-0123456789abcdef";
    private const string OtherKey = "second-key-0123456789abcdef";

    [Fact]
    public async Task AKeyOrAToken_IsNeeded_ExceptForHealthMetricsAndTheDocument()
    {
        await using var issuer = await TokenIssuer.StartAsync();
        await using var silo = await SiloProcess.StartAsync(
            $"Api:Keys:0={Key}", $"Api:Keys:1={OtherKey}", $"Api:Authority={issuer.Url}", "Api:Audience=dfreeze", "Api:DefaultRole=admin", "Dashboard=true", "CpuSlots=1", "ExchangePort=0");
        using var http = new HttpClient { BaseAddress = silo.Http };

        foreach (var path in (string[])["/healthz", "/readyz", "/metrics", "/api/v1/openapi.json"])
        {
            Assert.Equal(HttpStatusCode.OK, await AskAsync(http, path));
        }

        foreach (var path in (string[])["/api/v1/runs", "/api/v1/devices", "/dashboard/", "/dashboard/DashboardCounters"])
        {
            Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(http, path));
            Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(http, path, "X-Api-Key", Key + "0"));
            Assert.Equal(HttpStatusCode.OK, await AskAsync(http, path, "X-Api-Key", OtherKey));
        }

        using var unasked = await http.GetAsync("/api/v1/runs", TestContext.Current.CancellationToken);
        await ApiSilo.ProblemAsync(unasked, HttpStatusCode.Unauthorized);
        var document = await http.GetFromJsonAsync<JsonElement>("/api/v1/openapi.json", TestContext.Current.CancellationToken);
        Assert.Equal("""[{"apiKey":[]},{"bearer":[]}]""", JsonSerializer.Serialize(document.GetProperty("security")));
        Assert.Equal("JWT", document.GetProperty("components").GetProperty("securitySchemes").GetProperty("bearer").GetProperty("bearerFormat").GetString());
        Assert.Equal(HttpStatusCode.OK, await AskAsync(http, "/api/v1/runs", "Authorization", $"Bearer {Key}"));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(http, "/dashboard/", "Authorization", $"Basic {Base64($"any:{Key}")}"));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(http, "/dashboard/", "Authorization", $"Basic {Base64($"{Key}:any")}"));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(http, "/api/v1/runs", "Authorization", $"Bearer {issuer.Issue("dfreeze")}"));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(http, "/api/v1/runs", "Authorization", $"Bearer {issuer.Issue("others")}"));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(http, "/api/v1/runs", "Authorization", $"Bearer {issuer.Issue("dfreeze", validForMinutes: -30)}"));
        await using var stranger = await TokenIssuer.StartAsync();
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(http, "/api/v1/runs", "Authorization", $"Bearer {stranger.Issue("dfreeze")}"));
    }

    [Fact]
    public async Task WhoAsksTooOften_IsToldToWait_AndOthersAreNot()
    {
        await using var silo = await SiloProcess.StartAsync(
            $"Api:Keys:0={Key}", $"Api:Keys:1={OtherKey}", "Api:RequestsPerMinute=3", "CpuSlots=1", "ExchangePort=0");
        using var http = new HttpClient { BaseAddress = silo.Http };
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(HttpStatusCode.OK, await AskAsync(http, "/api/v1/queue", "X-Api-Key", Key));
        }

        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/queue");
        request.Headers.Add("X-Api-Key", Key);
        using var refused = await http.SendAsync(request, TestContext.Current.CancellationToken);

        await ApiSilo.ProblemAsync(refused, HttpStatusCode.TooManyRequests);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(20)); // a third of a minute until the next one
        Assert.Equal(HttpStatusCode.OK, await AskAsync(http, "/api/v1/queue", "X-Api-Key", OtherKey));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(http, "/healthz"));
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static async Task<HttpStatusCode> AskAsync(HttpClient http, string path, string? header = null, string? value = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (header is not null)
        {
            request.Headers.Add(header, value);
        }

        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }
}
