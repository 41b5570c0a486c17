using System.Diagnostics;
using System.Text.RegularExpressions;
using DistributedFreeze.Client;
using DistributedFreeze.Grains.Tests.Runs;
using DistributedFreeze.Grains.Tests.Telemetry;
using DistributedFreeze.Runs;
using DistributedFreeze.Silo.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace DistributedFreeze.Grains.Tests.Hosting;

/// <summary>The silo as a host of its own.</summary>
[Collection(nameof(Metered))]
[Slow]
public sealed class SiloHostTests
{
    /// <summary>How long the exporter may answer from what it has said before.</summary>
    private static readonly TimeSpan MostAge = TimeSpan.FromSeconds(30);

    private static readonly string[] FreePorts = ["--urls", "http://127.0.0.1:0", "--DistributedFreeze:SiloPort", "0", "--DistributedFreeze:GatewayPort", "0", "--Logging:LogLevel:Default", "Warning"];

    [Fact]
    public async Task Metrics_TellOfRuns()
    {
        using var runs = new SmallestRuns();
        await using var silo = SiloHost.Build(FreePorts);
        await silo.StartAsync(TestContext.Current.CancellationToken);
        await using var another = SiloHost.Build(FreePorts);
        await another.StartAsync(TestContext.Current.CancellationToken);
        var client = new DistributedFreezeClient(silo.Services.GetRequiredService<IGrainFactory>());
        var runId = await client.SubmitAsync(runs.Spec("out"), cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(RunState.Succeeded, (await RunEvents.EndAsync(silo.Services.GetRequiredService<IGrainFactory>(), runId)).State);

        using var http = new HttpClient();
        var epochs = $"distributed_freeze_run_epochs_total{{[^\n]*run=\"{runId}\"[^\n]*}}";
        await http.GetStringAsync($"{another.Urls.Single()}/metrics", TestContext.Current.CancellationToken); // reads this silo's instruments along
        var text = await ReadAsync();
        Assert.Matches($"{epochs} 0\n", text); // a counter begins there, whatever has happened
        for (var begun = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begun) < MostAge && Regex.IsMatch(text, $"{epochs} 0\n");)
        {
            text = await ReadAsync();
        }

        Assert.Matches($"{epochs} 3\n", text);

        // Other silos of this process may count along.
        Assert.Matches("distributed_freeze_run_ended_total{[^\n]*state=\"succeeded\"[^\n]*} [1-9]", text);
        Assert.Contains("orleans_", text, StringComparison.Ordinal);
        await silo.StopAsync(TestContext.Current.CancellationToken);

        Task<string> ReadAsync() => http.GetStringAsync($"{silo.Urls.Single()}/metrics", TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task TheBuiltSilo_AnswersAndEndsWhenAskedTo()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "It asks the silo to end by SIGTERM.");
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "DistributedFreeze.Silo.dll"));
        foreach (var arg in FreePorts[..^2]) // it logs what it logs by default
        {
            start.ArgumentList.Add(arg);
        }

        using var process = Process.Start(start)!;
        try
        {
            var address = await AddressAsync(process);
            var rest = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            using var http = new HttpClient { BaseAddress = new(address) };
            Assert.Equal("Healthy", await http.GetStringAsync("/healthz", TestContext.Current.CancellationToken));
            Assert.StartsWith("Healthy", await http.GetStringAsync("/readyz", TestContext.Current.CancellationToken), StringComparison.Ordinal);
            Assert.Contains("orleans_", await http.GetStringAsync("/metrics", TestContext.Current.CancellationToken), StringComparison.Ordinal);

            using (var kill = Process.Start("/bin/sh", ["-c", $"kill -TERM {process.Id}"]))
            {
                await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
            }

            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal((0, ""), (process.ExitCode, await errors));
            var lines = (await rest).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.All(lines, line => Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (info|warn): (DistributedFreeze|Microsoft\.Hosting\.Lifetime)", line));
            Assert.Contains(lines, line => line.Contains("Clients connect to 127.0.0.1:", StringComparison.Ordinal));
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    private static async Task<string> AddressAsync(Process process)
    {
        const string Says = "Now listening on: ";
        while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (line.IndexOf(Says, StringComparison.Ordinal) is >= 0 and var at)
            {
                return line[(at + Says.Length)..].Trim();
            }
        }

        throw new InvalidOperationException($"The silo ended without listening: {await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken)}");
    }
}
