using System.Collections.Concurrent;
using DistributedFreeze.Client;
using DistributedFreeze.Grains.Telemetry;
using DistributedFreeze.Grains.Tests.Runs;
using DistributedFreeze.Runs;
using DistributedFreeze.Silo.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DistributedFreeze.Grains.Tests.Telemetry;

/// <summary>What is logged for a run has the run's id, whoever logs it.</summary>
[Slow]
public sealed class RunScopeTests
{
    private static readonly string[] Quiet = ["--urls", "http://127.0.0.1:0", "--DistributedFreeze:SiloPort=0", "--DistributedFreeze:GatewayPort=0", "--DistributedFreeze:CpuSlots=2", "--Logging:LogLevel:Default=Warning"];

    [Fact]
    public async Task LinesOfACoordinatorAndItsReplicas_HaveTheRunsId_AndNoOthersHave()
    {
        using var runs = new SmallestRuns();
        await using var silo = SiloHost.Build([.. Quiet, "--Logging:LogLevel:DistributedFreeze.Grains=Debug"]);
        using var lines = new ScopedLines();
        silo.Services.GetRequiredService<ILoggerFactory>().AddProvider(lines);
        await silo.StartAsync(TestContext.Current.CancellationToken);
        var grains = silo.Services.GetRequiredService<IGrainFactory>();
        var client = new DistributedFreezeClient(grains);
        string[] ids = [await client.SubmitAsync(runs.Spec("one"), cancellationToken: TestContext.Current.CancellationToken), await client.SubmitAsync(runs.Spec("two"), cancellationToken: TestContext.Current.CancellationToken)];
        foreach (var id in ids)
        {
            Assert.Equal(RunState.Succeeded, (await RunEvents.EndAsync(grains, id)).State);
        }

        await silo.StopAsync(TestContext.Current.CancellationToken); // a run's last line follows its last event

        Assert.Equal(ids.Order(), lines.RunsOf("loads a replica").Distinct().Order());
        Assert.Equal(ids.Order(), lines.RunsOf("ended: Succeeded").Order());
        Assert.Equal([null], lines.RunsOf("This silo divides the cluster's devices"));
    }

    [Theory]
    [InlineData("json", "true")]
    [InlineData("simple", "false")]
    public async Task JsonOnTheConsole_HasScopes_AndTextHasNot(string formatter, string expected)
    {
        await using var silo = SiloHost.Build([.. Quiet, "--Logging:Console:FormatterName", formatter]);

        Assert.Equal(expected, silo.Configuration["Logging:Console:FormatterOptions:IncludeScopes"]);
    }

    /// <summary>Keeps every line with the run that its scopes name.</summary>
    private sealed class ScopedLines : ILoggerProvider, ISupportExternalScope
    {
        private readonly ConcurrentQueue<(string Message, string? RunId)> _lines = new();
        private IExternalScopeProvider _scopes = null!;

        public IEnumerable<string?> RunsOf(string part) => _lines.Where(line => line.Message.Contains(part, StringComparison.Ordinal)).Select(line => line.RunId);

        public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

        public ILogger CreateLogger(string categoryName) => new Logger(this);

        public void Dispose()
        {
        }

        private sealed class Logger(ScopedLines owner) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => owner._scopes.Push(state);

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            {
                string? runId = null;
                owner._scopes.ForEachScope(
                    (scope, _) => runId = (scope as IEnumerable<KeyValuePair<string, object?>>)?.FirstOrDefault(one => one.Key == RunScope.Key).Value as string ?? runId, 0);
                owner._lines.Enqueue((formatter(state, exception), runId));
            }
        }
    }
}
