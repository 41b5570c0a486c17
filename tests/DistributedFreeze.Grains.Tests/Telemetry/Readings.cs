using System.Diagnostics.Metrics;
using DistributedFreeze.Grains.Telemetry;
using Microsoft.Extensions.DependencyInjection;

namespace DistributedFreeze.Grains.Tests.Telemetry;

/// <summary>Meters of a test's own, and what their instruments say.</summary>
internal sealed class Readings : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly MeterListener _listener = new();
    private readonly List<string> _measured = [];

    public Readings()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            // Other silos of this process have meters of the same name.
            if (ReferenceEquals(instrument.Meter.Scope, Meters))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();
    }

    public MetricsScrapes Scrapes { get; } = new();

    public IMeterFactory Meters => _services.GetRequiredService<IMeterFactory>();

    /// <summary>What was added to counters since the last call.</summary>
    public List<string> Added()
    {
        List<string> added = [.. _measured];
        _measured.Clear();
        return added;
    }

    /// <summary>What the observed instruments say now, without the meter's prefix, to a reader that doesn't scrape.</summary>
    /// <param name="beginning">Beginning of the names to look at.</param>
    public List<string> Of(string beginning)
    {
        _measured.Clear();
        _listener.RecordObservableInstruments();
        return [.. Added().Where(line => line.StartsWith(beginning, StringComparison.Ordinal))];
    }

    /// <summary>What they say to Prometheus.</summary>
    /// <param name="beginning">Beginning of the names to look at.</param>
    public List<string> Scraped(string beginning)
    {
        List<string> said = [];
        var answer = Scrapes.AnswerAsync(() =>
        {
            said = Of(beginning);
            return Task.CompletedTask;
        });
        return answer.IsCompletedSuccessfully ? said : throw new InvalidOperationException("Reading waits for nothing.");
    }

    public void Dispose()
    {
        _listener.Dispose();
        _services.Dispose();
    }

    private void Add<T>(Instrument instrument, T value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        where T : IFormattable
    {
        var labels = string.Concat(tags.ToArray().Select(tag => $" {tag.Key}={tag.Value}"));
        _measured.Add($"{instrument.Name["distributed_freeze.".Length..]}{labels} {value.ToString(null, null)}");
    }
}
