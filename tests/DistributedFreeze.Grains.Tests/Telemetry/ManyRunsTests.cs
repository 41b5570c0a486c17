using DistributedFreeze.Grains.Telemetry;
using DistributedFreeze.Runs;
using DistributedFreeze.Telemetry;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace DistributedFreeze.Grains.Tests.Telemetry;

/// <summary>OpenTelemetry's limits leave room for a run that comes after a thousand others.</summary>
[Collection(nameof(Metered))]
public sealed class ManyRunsTests : IDisposable
{
    private const string Device = "silo/cpu:0";
    private const string Last = "many-last";

    private readonly Readings _readings = new();
    private readonly ManualTime _time = new(DateTimeOffset.UnixEpoch.AddDays(20_000));
    private readonly Points _points = new();
    private readonly BaseExportingMetricReader _reader;
    private readonly MeterProvider _provider;
    private readonly RunMetrics _runs;
    private readonly ReplicaMetrics _replicas;

    public ManyRunsTests()
    {
        _reader = new(_points);
        _provider = Sdk.CreateMeterProviderBuilder().AddMeter(Measures.Meter).AddReader(_reader).Build();
        _runs = new(_readings.Meters, _readings.Scrapes, _time, new CoordinationOptions());
        _replicas = new(_readings.Meters, _readings.Scrapes, Silo.Devices(0), _time);
    }

    [Theory]
    [InlineData(1)] // all within the time that counters outlive their run
    [InlineData(60)]
    public void ARunAfterAThousand_HasAllItsSeries(int seconds)
    {
        for (var run = 0; run < 1000; run++)
        {
            Train($"many-{run}", after: TimeSpan.FromSeconds(seconds));
            _runs.Happened($"many-{run}", new RunEvent.Ended(RunState.Succeeded, null, []));
        }

        Train(Last, after: TimeSpan.FromSeconds(seconds));

        var series = Collect();
        foreach (var measure in new[] { Measures.RunEpochs, Measures.RunImages, Measures.RunSteps, Measures.RunLosses, Measures.RunThroughput, Measures.RunLoss })
        {
            Assert.Contains(series, one => one == $"{measure.Name} {Last}");
        }

        Assert.Equal(6, series.Count(one => one == $"{Measures.ReplicaStepTime.Name} {Last}"));
        Assert.DoesNotContain(series, one => one.EndsWith(" overflow", StringComparison.Ordinal));
        Assert.InRange(series.Count(one => one.StartsWith(Measures.RunEpochs.Name, StringComparison.Ordinal)), 1, RunMetrics.MostLingering + 1);
    }

    [Fact]
    public void RunsThatWait_HaveNoSeries()
    {
        for (var run = 0; run < 3000; run++)
        {
            _runs.Happened($"many-{run}", new RunEvent.Queued(run));
        }

        Train(Last, after: TimeSpan.Zero);

        Assert.Equal([$"{Measures.RunEpochs.Name} {Last}"], Collect().Where(one => one.StartsWith(Measures.RunEpochs.Name, StringComparison.Ordinal)));
    }

    public void Dispose()
    {
        _provider.Dispose();
        _runs.Dispose();
        _replicas.Dispose();
        _readings.Dispose();
    }

    private void Train(string run, TimeSpan after)
    {
        _time.Advance(after);
        _runs.Happened(run, RunMetricsTests.Prepared(replicas: 1));
        _runs.Happened(run, RunMetricsTests.Phase(trainable: 10, frozen: 90));
        _runs.Happened(run, RunMetricsTests.Window(loss: 0.5, accuracy: 0.75, rate: 100));
        _replicas.WindowDone(Device, run, ReplicaMetricsTests.Window());
        Collect(); // as Prometheus does all the time
    }

    private List<string> Collect()
    {
        _points.Seen.Clear();
        _reader.Collect();
        return _points.Seen;
    }

    /// <summary>Notes each series of these runs by its name and its run; the process may have others.</summary>
    private sealed class Points : BaseExporter<Metric>
    {
        public List<string> Seen { get; } = [];

        public override ExportResult Export(in Batch<Metric> batch)
        {
            foreach (var metric in batch)
            {
                foreach (ref readonly var point in metric.GetMetricPoints())
                {
                    if (Label(point.Tags) is { } label)
                    {
                        Seen.Add($"{metric.Name} {label}");
                    }
                }
            }

            return ExportResult.Success;
        }

        private static string? Label(ReadOnlyTagCollection tags)
        {
            foreach (var (name, value) in tags)
            {
                if (name == "otel.metric.overflow" || (name == "run" && ((string)value!).StartsWith("many-", StringComparison.Ordinal)))
                {
                    return name == "run" ? (string)value! : "overflow";
                }
            }

            return null;
        }
    }
}
