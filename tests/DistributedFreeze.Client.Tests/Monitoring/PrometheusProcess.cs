using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace DistributedFreeze.Client.Tests.Monitoring;

/// <summary>A real Prometheus on loopback that scrapes one silo every second and knows the chart's rules.</summary>
internal sealed class PrometheusProcess : IAsyncDisposable
{
    private const string IsReady = "Server is ready to receive web requests.";

    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _http;
    private readonly Process _process;
    private Task _rest = Task.CompletedTask;

    private PrometheusProcess(Uri silo)
    {
        var address = $"127.0.0.1:{UnusedPort.Find()}";
        var configuration = _folder.In("prometheus.yml");
        File.WriteAllText(configuration, $"""
            global:
              scrape_interval: 1s
              evaluation_interval: 1s
            rule_files: [ "{RepositoryRoot.In("helm", "distributed-freeze", "files", "alerts")}/*.yaml" ]
            scrape_configs:
              - job_name: silos
                static_configs: [ targets: [ "{silo.Authority}" ] ]
            """);
        _http = new() { BaseAddress = new($"http://{address}") };
        _process = Process.Start(new ProcessStartInfo(
            "prometheus",
            [$"--config.file={configuration}", $"--storage.tsdb.path={_folder.In("data")}", $"--web.listen-address={address}"])
        {
            RedirectStandardError = true,
        })!;
    }

    /// <summary>Starts it and waits until it answers.</summary>
    /// <exception cref="InvalidOperationException">It ended before.</exception>
    public static async Task<PrometheusProcess> StartAsync(Uri silo)
    {
        var prometheus = new PrometheusProcess(silo);
        var said = "";
        while (await prometheus._process.StandardError.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (line.Contains(IsReady, StringComparison.Ordinal))
            {
                prometheus._rest = prometheus._process.StandardError.ReadToEndAsync(CancellationToken.None);
                return prometheus;
            }

            said += $"{line}\n";
        }

        await prometheus.DisposeAsync();
        throw new InvalidOperationException($"Prometheus ended: {said}");
    }

    /// <summary>The values of an expression now; those that are no number are left out.</summary>
    public async Task<ImmutableArray<double>> AskAsync(string expression)
    {
        using var answer = await GetAsync($"/api/v1/query?query={Uri.EscapeDataString(expression)}");
        var data = answer.RootElement.GetProperty("data");
        Assert.Equal("vector", data.GetProperty("resultType").GetString());
        return
        [
            .. data.GetProperty("result").EnumerateArray()
                .Select(series => series.GetProperty("value")[1].GetString()!)
                .Where(value => value is not ("NaN" or "+Inf" or "-Inf"))
                .Select(value => double.Parse(value, CultureInfo.InvariantCulture)),
        ];
    }

    /// <summary>Every rule with what became of evaluating it: ok, err, or unknown before the first time.</summary>
    public async Task<ImmutableArray<(string Name, string Health)>> RulesAsync()
    {
        using var answer = await GetAsync("/api/v1/rules");
        return
        [
            .. answer.RootElement.GetProperty("data").GetProperty("groups").EnumerateArray()
                .SelectMany(group => group.GetProperty("rules").EnumerateArray())
                .Select(rule => (rule.GetProperty("name").GetString()!, rule.GetProperty("health").GetString()!)),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync(CancellationToken.None);
        await _rest;
        _process.Dispose();
        _http.Dispose();
        _folder.Dispose();
    }

    private async Task<JsonDocument> GetAsync(string path)
    {
        using var response = await _http.GetAsync(path, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, $"{Uri.UnescapeDataString(path)}: {text}");
        return JsonDocument.Parse(text);
    }
}
