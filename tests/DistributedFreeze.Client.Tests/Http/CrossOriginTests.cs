using System.Net;
using DistributedFreeze.Silo.Http;

namespace DistributedFreeze.Client.Tests.Http;

/// <summary>Pages of other sites, which a browser lets ask where the silo says so.</summary>
[Slow]
public sealed class CrossOriginTests
{
    private const string Key = "key-of-a-page-0123456789abcdef";
    private const string Site = "https://dashboard.example.org";

    [Fact]
    public async Task ASiteOfTheSettings_MayUseTheApi_AndNothingElse()
    {
        await using var silo = await SiloProcess.StartAsync($"Api:Keys:0={Key}", $"Api:CorsOrigins:0={Site}", "CpuSlots=1", "ExchangePort=0");
        using var http = new HttpClient { BaseAddress = silo.Http };

        using var preflight = await AskAsync(http, HttpMethod.Options, "/api/v1/runs", Site, ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "x-api-key,content-type"));
        using var listed = await AskAsync(http, HttpMethod.Get, "/api/v1/runs", Site, ("X-Api-Key", Key));
        using var unknown = await AskAsync(http, HttpMethod.Get, "/api/v1/runs/nobody", Site, ("X-Api-Key", Key));
        using var keyless = await AskAsync(http, HttpMethod.Get, "/api/v1/runs", Site);
        using var other = await AskAsync(http, HttpMethod.Get, "/api/v1/runs", "https://evil.example", ("X-Api-Key", Key));
        using var metrics = await AskAsync(http, HttpMethod.Get, "/metrics", Site);

        Assert.Equal(HttpStatusCode.NoContent, preflight.StatusCode);
        Assert.Equal(Site, Header(preflight, "Access-Control-Allow-Origin"));
        Assert.Contains("POST", Header(preflight, "Access-Control-Allow-Methods"), StringComparison.Ordinal);
        Assert.Contains("X-Api-Key", Header(preflight, "Access-Control-Allow-Headers"), StringComparison.OrdinalIgnoreCase);
        Assert.Equal((HttpStatusCode.OK, Site), (listed.StatusCode, Header(listed, "Access-Control-Allow-Origin")));
        Assert.Contains("Retry-After", Header(listed, "Access-Control-Expose-Headers"), StringComparison.Ordinal);
        Assert.False(listed.Headers.Contains("Access-Control-Allow-Credentials"));
        Assert.Equal((HttpStatusCode.NotFound, Site), (unknown.StatusCode, Header(unknown, "Access-Control-Allow-Origin")));
        Assert.Equal((HttpStatusCode.Unauthorized, Site), (keyless.StatusCode, Header(keyless, "Access-Control-Allow-Origin")));
        await ApiSilo.ProblemAsync(other, HttpStatusCode.Forbidden);
        await ApiSilo.ProblemAsync(metrics, HttpStatusCode.Forbidden);
    }

    [Theory]
    [InlineData("*")]
    [InlineData("dashboard.example.org")]
    [InlineData("https://dashboard.example.org/")]
    [InlineData("https://dashboard.example.org/page")]
    [InlineData("file:///tmp")]
    public void AnOriginThatNoBrowserSends_IsRefused(string origin)
    {
        var options = new ApiOptions { CorsOrigins = [Site, "http://localhost:3000", origin] };

        Assert.Equal(
            [$"Api:CorsOrigins:2 must be a scheme, a host and perhaps a port, such as https://dashboard.example.org, got '{origin}'"], options.Problems("Api"));
    }

    private static Task<HttpResponseMessage> AskAsync(HttpClient http, HttpMethod method, string path, string origin, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, path);
        request.Headers.Add("Origin", origin);
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        return http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static string Header(HttpResponseMessage answer, string name) => string.Join(", ", answer.Headers.GetValues(name));
}
