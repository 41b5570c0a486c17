using System.Diagnostics;
using DistributedFreeze.Data;
using DistributedFreeze.Data.Runs;
using DistributedFreeze.Inference.Runtime;
using DistributedFreeze.Training.Features;
using DistributedFreeze.Training.Features.Engines;
using DistributedFreeze.Training.Models;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Measuring;

/// <summary>Measures prefixes, those that lie on the way of an earlier phase's along with it.</summary>
/// <remarks>Weights are the base's: others are no faster. Phases are to be measured in order.</remarks>
internal sealed class PrefixProbe(RunFeatures features, NetworkState network, Device device, RateMeter meter)
{
    private readonly RunDefinition _run = features.Run;
    private readonly List<double?> _rates = [];

    /// <summary>Seconds in which engines were made that a run would make as well.</summary>
    public double EngineSeconds { get; private set; }

    /// <returns>Images per second; null where the prefix computes nothing.</returns>
    /// <exception cref="InferenceException">The engine cannot be had.</exception>
    public double? Measure(int phase)
    {
        _rates.Add(_run.HasPrefix(phase) ? OnTheWay(phase) ?? MeasureRoute(_run.Routes[phase]) : null);
        return _rates[phase];
    }

    /// <summary>What an earlier phase's prefix took, by what there is to compute: an engine that the run may never need is not made.</summary>
    private double? OnTheWay(int phase)
    {
        var earlier = Enumerable.Range(0, phase).FirstOrDefault(other => _run.Routes[other].Serves.Contains(phase), -1);
        return earlier < 0 ? null : _rates[earlier] * _run.MultiplyAddsTo(_run.Routes[earlier].Ends[^1])
            / _run.MultiplyAddsTo(_run.Routes[phase].Boundary);
    }

    private double MeasureRoute(FeatureRoute route)
    {
        var started = Stopwatch.GetTimestamp();
        var engine = route.IsUntouched
            ? features.Engines.Get(0, route.Ends, network, device) // the run will use it as well
            : features.Engines.Create(0, route.Ends, network, device);
        EngineSeconds += Stopwatch.GetElapsedTime(started).TotalSeconds;
        try
        {
            return Measure(engine);
        }
        finally
        {
            if (!route.IsUntouched)
            {
                engine.Dispose();
            }
        }
    }

    private double Measure(IPrefixEngine engine)
    {
        using var block = new FeatureBlock(engine, start: 0);
        var random = new KeyedRandom(0, "rate probe");
        for (var slot = 0; slot < block.Size; slot++)
        {
            foreach (ref var value in block.Input(slot))
            {
                value = random.NextSingle();
            }
        }

        return meter.RateOf(() =>
        {
            block.Evaluate();
            return block.Size;
        });
    }
}
