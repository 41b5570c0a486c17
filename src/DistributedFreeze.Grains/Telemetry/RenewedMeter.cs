using System.Diagnostics.Metrics;
using DistributedFreeze.Telemetry;

namespace DistributedFreeze.Grains.Telemetry;

/// <summary>Instruments whose series come and go, made anew from time to time so that those that went make room.</summary>
/// <remarks>
/// OpenTelemetry keeps the first 2,000 series of an instrument and drops all later ones, also when the first are not observed any more
/// (https://opentelemetry.io/docs/specs/otel/metrics/sdk/#cardinality-limits). It forgets them with their meter. Thread-safe.
/// </remarks>
internal sealed class RenewedMeter : IDisposable
{
    /// <summary>Owners that may go before the instruments are made anew: an owner has some ten series of an instrument, and others are alive meanwhile.</summary>
    public const int MostGone = 50;

    private readonly IMeterFactory _meters;
    private readonly Action<Meter> _observe;
    private readonly Lock _lock = new();
    private Meter _meter;
    private int _gone;

    /// <param name="meters">Whom the meter belongs to.</param>
    /// <param name="observe">Makes the instruments, again and again.</param>
    public RenewedMeter(IMeterFactory meters, Action<Meter> observe)
    {
        (_meters, _observe) = (meters, observe);
        _meter = Make();
    }

    /// <summary>An owner of series has gone. Not to be called while instruments are observed.</summary>
    public void Gone()
    {
        lock (_lock)
        {
            if (++_gone < MostGone)
            {
                return;
            }

            _gone = 0;
            _meter.Dispose();
            _meter = Make();
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _meter.Dispose();
        }
    }

    /// <summary>A factory gives everybody the same meter, which nobody may dispose of.</summary>
    private Meter Make()
    {
        var meter = new Meter(new MeterOptions(Measures.Meter) { Scope = _meters });
        _observe(meter);
        return meter;
    }
}
