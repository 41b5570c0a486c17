using Microsoft.Extensions.Logging;

namespace DistributedFreeze.Exchange.Sockets;

/// <summary>Keeps what is logged, and lets a test wait for a line.</summary>
internal sealed class LogLines : ILogger
{
    private readonly List<string> _lines = [];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_lines)
        {
            _lines.Add(formatter(state, exception));
            Monitor.PulseAll(_lines);
        }
    }

    /// <summary>What has been logged so far.</summary>
    public string[] All
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines];
            }
        }
    }

    /// <summary>Waits until a line with some text has been logged.</summary>
    public void WaitFor(string text)
    {
        lock (_lines)
        {
            while (!_lines.Exists(line => line.Contains(text, StringComparison.Ordinal)))
            {
                TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
                Monitor.Wait(_lines, 1000);
            }
        }
    }
}
