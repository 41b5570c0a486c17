using System.Collections.Immutable;
using System.Diagnostics.Metrics;

namespace DistributedFreeze.Telemetry;

/// <summary>One thing that silos measure: its name, and how it is to be read.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed class Measure
{
    internal Measure(string name, MeasureKind kind, string? unit, string description, params ReadOnlySpan<string> labels)
    {
        Name = name;
        Kind = kind;
        Unit = unit;
        Description = description;
        Labels = [.. labels];
    }

    /// <summary>Its name as OpenTelemetry has it, such as <c>distributed_freeze.run.images</c>.</summary>
    public string Name { get; }

    /// <summary>How its values follow one another.</summary>
    public MeasureKind Kind { get; }

    /// <summary>UCUM unit, such as <c>s</c>, <c>By</c> or <c>{image}</c>; null for a plain number.</summary>
    public string? Unit { get; }

    /// <summary>What it tells, in one sentence.</summary>
    public string Description { get; }

    /// <summary>Names of its labels.</summary>
    public ImmutableArray<string> Labels { get; }

    /// <summary>
    /// Its name as the Prometheus exporter writes it: units are spelt out, annotations left out, and counters end in <c>_total</c>. A
    /// histogram's series end in <c>_bucket</c>, <c>_sum</c> and <c>_count</c> after it.
    /// </summary>
    public string PrometheusName
    {
        get
        {
            var unit = Unit switch { "s" => "_seconds", "By" => "_bytes", "{image}/s" => "_per_second", _ => "" };
            return Name.Replace('.', '_') + unit + (Kind == MeasureKind.Counter ? "_total" : "");
        }
    }

    /// <summary>Makes the instrument of a counter that is added to.</summary>
    /// <param name="meter">Where it belongs.</param>
    /// <exception cref="InvalidOperationException">It is no counter.</exception>
    public Counter<long> CreateCounter(Meter meter) => Kind == MeasureKind.Counter
        ? meter.CreateCounter<long>(Name, Unit, Description)
        : throw new InvalidOperationException($"{Name} is a {Kind}: it is not added to.");

    /// <summary>Makes the instrument of a histogram, whose values are recorded.</summary>
    /// <param name="meter">Where it belongs.</param>
    /// <param name="bounds">Upper bounds of the buckets, growing; values above the last have one more.</param>
    /// <exception cref="InvalidOperationException">It is no histogram.</exception>
    public Histogram<double> CreateHistogram(Meter meter, params ReadOnlySpan<double> bounds) => Kind == MeasureKind.Histogram
        ? meter.CreateHistogram(Name, Unit, Description, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = bounds.ToArray() })
        : throw new InvalidOperationException($"{Name} is a {Kind}: its values are not recorded.");

    /// <summary>Makes an instrument that asks for its values whenever somebody reads it.</summary>
    /// <param name="meter">Where it belongs.</param>
    /// <param name="values">The values now, one for each combination of labels that there is; called on any thread.</param>
    /// <exception cref="InvalidOperationException">It is a histogram.</exception>
    public void Observe<T>(Meter meter, Func<IEnumerable<Measurement<T>>> values)
        where T : struct
    {
        if (Kind == MeasureKind.Counter)
        {
            meter.CreateObservableCounter(Name, values, Unit, Description);
        }
        else if (Kind == MeasureKind.Gauge)
        {
            meter.CreateObservableGauge(Name, values, Unit, Description);
        }
        else
        {
            throw new InvalidOperationException($"{Name} is a {Kind}: its values are recorded, not observed.");
        }
    }
}
