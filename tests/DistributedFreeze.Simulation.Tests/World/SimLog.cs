using System.Globalization;
using Microsoft.Extensions.Logging;

namespace DistributedFreeze.Simulation.World;

/// <summary>What happens in a world, a line each, by its clock.</summary>
internal sealed class SimLog(SimWorld world) : ILogger
{
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines => _lines;

    public void Note(string what) => _lines.Add(string.Create(CultureInfo.InvariantCulture, $"{world.Now.TotalSeconds,9:0.000} s  {what}"));

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Note($"  {(SynchronizationContext.Current as SimProcess)?.Name}: {formatter(state, exception)}{(exception is null ? "" : $" [{exception.GetType().Name}: {exception.Message}]")}");

    public bool IsEnabled(LogLevel logLevel) => true;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;
}
