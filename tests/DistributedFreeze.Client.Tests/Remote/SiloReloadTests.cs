using System.Collections.Concurrent;
using DistributedFreeze.Silo.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;

namespace DistributedFreeze.Client.Tests.Remote;

/// <summary>Settings that are read again and cannot be used.</summary>
public sealed class SiloReloadTests
{
    [Fact]
    public async Task ALevelThatIsNone_IsALineInTheLog_AndNothingIsThrown()
    {
        var log = new Lines();
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders().AddProvider(log);
        await using var silo = builder.Build();
        silo.Configuration["Logging:LogLevel:Default"] = "Verbose";

        SiloReload.Of(silo);

        Assert.Equal("Settings were not read again, and those of before count: Configuration value 'Verbose' is not supported.", Assert.Single(log.Said));
    }

    private sealed class Lines : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Said { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Said.Enqueue(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
