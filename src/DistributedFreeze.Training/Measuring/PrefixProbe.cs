using DistributedFreeze.Training.Data;
using DistributedFreeze.Training.Features;
using DistributedFreeze.Training.Features.Engines;
using DistributedFreeze.Training.Models;
using DistributedFreeze.Training.Replicas;

namespace DistributedFreeze.Training.Measuring;

/// <summary>Measures prefixes, each set of boundaries once.</summary>
/// <remarks>Weights are the base's: others are no faster.</remarks>
internal sealed class PrefixProbe(RunWorkspace workspace, NetworkState network, RateMeter meter)
{
    private readonly Dictionary<string, double> _rates = new(StringComparer.Ordinal);

    /// <returns>Images per second; null where the prefix computes nothing.</returns>
    /// <exception cref="PrefixEngineException">The engine cannot be had.</exception>
    public double? Measure(int phase)
    {
        if (!workspace.HasPrefix(phase))
        {
            return null;
        }

        var route = workspace.Routes[phase];
        var key = string.Join(',', route.Ends);
        if (!_rates.TryGetValue(key, out var rate))
        {
            rate = route.IsUntouched
                ? Measure(workspace.Engines.Get(0, route.Ends, network)) // the run will use it as well
                : MeasureOwn(route);
            _rates.Add(key, rate);
        }

        return rate;
    }

    private double MeasureOwn(FeatureRoute route)
    {
        using var engine = workspace.Engines.Create(0, route.Ends, network);
        return Measure(engine);
    }

    private double Measure(IPrefixEngine engine)
    {
        using var block = new FeatureBlock(engine, start: 0);
        var random = new KeyedRandom(0, "rate probe");
        for (var slot = 0; slot < FeatureBlock.Size; slot++)
        {
            foreach (ref var value in block.Input(slot))
            {
                value = random.NextSingle();
            }
        }

        return meter.RateOf(() =>
        {
            block.Evaluate();
            return FeatureBlock.Size;
        });
    }
}
