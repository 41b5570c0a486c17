using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace DistributedFreeze.Serving;

/// <summary>Counts what is served. Thread-safe.</summary>
public sealed class ServingMetrics
{
    /// <summary>The meter's name, for OpenTelemetry's <c>AddMeter</c>.</summary>
    public const string MeterName = "DistributedFreeze.Serving";

    private readonly Counter<long> _images;
    private readonly Histogram<int> _batches;
    private readonly Histogram<double> _seconds;

    /// <param name="meters">Makes the meter.</param>
    public ServingMetrics(IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(meters);
        var meter = meters.Create(MeterName);
        _images = meter.CreateCounter<long>("distributed_freeze_serving_images", "{image}", "Images that were answered, by outcome: ok, invalid, busy, failed or cancelled");
        _batches = meter.CreateHistogram(
            "distributed_freeze_serving_batch_size", "{image}", "Images that were computed at once", advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128] });
        _seconds = meter.CreateHistogram(
            "distributed_freeze_serving_duration", "s", "From an image's arrival to its answer", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5] });
    }

    /// <summary>A batch was computed.</summary>
    internal void Computed(int images) => _batches.Record(images);

    /// <summary>An image was answered.</summary>
    internal void Answered(string outcome, long began)
    {
        _images.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
        _seconds.Record(Stopwatch.GetElapsedTime(began).TotalSeconds);
    }
}
