using System.Diagnostics.Metrics;
using DistributedFreeze.Grains.Telemetry;
using DistributedFreeze.Runs;
using Microsoft.Extensions.DependencyInjection;

namespace DistributedFreeze.Grains.Tests.Telemetry;

public sealed class RunMetricsTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly MeterListener _listener = new();
    private readonly List<string> _measured = [];
    private readonly RunMetrics _metrics;

    public RunMetricsTests()
    {
        var meters = _services.GetRequiredService<IMeterFactory>();
        _metrics = new(meters);
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            // Other silos of this process have meters of the same name.
            if (ReferenceEquals(instrument.Meter.Scope, meters))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();
    }

    [Fact]
    public void APhase_GivesItsParametersByState()
    {
        _metrics.Happened("r1", Phase(trainable: 10, frozen: 90));

        Assert.Equal(
            ["distributed_freeze.run.parameters run=r1 state=trainable 10", "distributed_freeze.run.parameters run=r1 state=frozen 90"],
            Gauges());
    }

    [Fact]
    public void AWindow_GivesRateLossAndAccuracy()
    {
        _metrics.Happened("r1", Window(loss: 0.5, accuracy: 0.75, rate: 100));
        _metrics.Happened("r1", Window(loss: 0.25, accuracy: 1, rate: 200));

        Assert.Equal(
            [
                "distributed_freeze.run.throughput run=r1 200",
                "distributed_freeze.run.loss run=r1 0.25",
                "distributed_freeze.run.accuracy run=r1 1",
            ],
            Gauges());
    }

    [Fact]
    public void Epochs_AreCountedForEachRun()
    {
        _metrics.Happened("r1", Epoch);
        _metrics.Happened("r2", Epoch);

        Assert.Equal(["distributed_freeze.run.epochs run=r1 1", "distributed_freeze.run.epochs run=r2 1"], _measured);
    }

    [Fact]
    public void AnEnd_IsCountedByStateAndTakesTheRunsGaugesAway()
    {
        _metrics.Happened("r1", Phase(trainable: 10, frozen: 90));
        _metrics.Happened("r1", Window(loss: 0.5, accuracy: 0.75, rate: 100));
        _metrics.Happened("r2", Window(loss: 0.5, accuracy: 0.75, rate: 100));

        _metrics.Happened("r1", new RunEvent.Ended(RunState.Interrupted, "why", []));

        Assert.Equal(["distributed_freeze.run.ended state=interrupted 1"], _measured);
        Assert.All(Gauges(), measured => Assert.Contains("run=r2", measured, StringComparison.Ordinal));
        Assert.Equal(3, Gauges().Count);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _services.Dispose();
    }

    private List<string> Gauges()
    {
        _measured.Clear();
        _listener.RecordObservableInstruments();
        return [.. _measured];
    }

    private void Add<T>(Instrument instrument, T value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        where T : IFormattable
    {
        var labels = string.Join(' ', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"));
        _measured.Add($"{instrument.Name} {labels} {value.ToString(null, null)}");
    }

    private static RunEvent.EpochDone Epoch { get; } = new(new EpochResult
    {
        Phase = 0,
        Epoch = 0,
        TrainLoss = 1,
        TrainAccuracy = 0.5,
        Seconds = 2,
        ImagesPerSecond = 3,
    });

    private static RunEvent.PhaseStarted Phase(long trainable, long frozen) => new(0, 1, 2, "hash", "avg_pool", trainable, frozen, 4 * trainable);

    private static RunEvent.WindowDone Window(double loss, double accuracy, double rate) => new(0, 0, 1, 2, loss, accuracy, rate, null);
}
