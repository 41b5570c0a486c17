using DistributedFreeze.Data.Runs;
using DistributedFreeze.Freezing.Estimates;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Features;
using DistributedFreeze.Training.Models;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Measuring;

/// <summary>Whether the phases of a run keep their features in this process, and what they are predicted to take.</summary>
/// <remarks>
/// Thread-safe. Measured once, when the first phase asks whose features are not all kept already, and only where the spec leaves it
/// open. Keeping never changes a bit, so the processes of a run may decide apart.
/// </remarks>
/// <param name="features">The run's.</param>
/// <param name="weights">The run's.</param>
/// <param name="time">The clock.</param>
internal sealed class RunForecast(RunFeatures features, RunWeights weights, TimeProvider time)
{
    private readonly RunDefinition _run = features.Run;
    private readonly Lock _measuring = new();
    private RunEstimate? _prediction;

    /// <summary>Decides for a phase; may measure, on the calling thread.</summary>
    /// <param name="phase">The phase, from 0.</param>
    /// <param name="replicas">The run's replicas.</param>
    /// <param name="device">Where the caller computes.</param>
    public PhaseForecast Of(int phase, int replicas, Device device) => _run.Spec.Features.Cache switch
    {
        _ when !_run.HasPrefix(phase) => new(Keeps: false, Prediction: null),
        FeatureCacheMode.Off => new(Keeps: false, Prediction: null),
        FeatureCacheMode.On => new(Keeps: true, Prediction: null),
        _ => Predicted(phase, replicas, device),
    };

    /// <summary>Measures, whatever the spec says, and predicts.</summary>
    /// <param name="replicas">The run's replicas; null takes the suggested number.</param>
    /// <param name="device">Where to compute tails.</param>
    public (MeasuredRates Rates, RunEstimate Prediction) Measure(int? replicas, Device device)
    {
        var rates = new RateProbe(features, weights, device, time).Measure();
        return (rates, FeatureEstimate.Of(rates, RunLoads.Of(features, weights.On(device), device), replicas, _run.Spec.Features.Cache));
    }

    /// <summary>The fewest replicas than which no other number is predicted to be clearly faster; may measure, on the calling thread.</summary>
    /// <param name="device">Where the caller computes.</param>
    public int SuggestReplicas(Device device)
    {
        lock (_measuring)
        {
            if (_prediction is null && IsHeadFromStored(device))
            {
                return 1; // microseconds per image: every step would wait for the exchange
            }

            _prediction ??= Measure(replicas: null, device).Prediction;
            return _prediction.SuggestedReplicas;
        }
    }

    /// <summary>Whether a run of this spec measures before it trains.</summary>
    /// <param name="device">Where it computes.</param>
    public bool IsNeeded(Device device)
    {
        if (_run.Spec.Replicas is null && !IsHeadFromStored(device))
        {
            return true;
        }

        var load = RunLoads.Of(features, weights.On(device), device);
        return _run.Spec.Features.Cache == FeatureCacheMode.Auto
            && Enumerable.Range(0, load.Phases.Length).Any(phase => _run.HasPrefix(phase) && !load.IsStored(phase));
    }

    private bool IsHeadFromStored(Device device)
    {
        var load = RunLoads.Of(features, weights.On(device), device);
        return _run.Spec.Features.Cache != FeatureCacheMode.Off && Enumerable.Range(0, load.Phases.Length).All(phase =>
            _run.Routes[phase].Boundary == _run.Table.Layers.Length && load.IsStored(phase));
    }

    private PhaseForecast Predicted(int phase, int replicas, Device device)
    {
        lock (_measuring)
        {
            if (_prediction is null && RunLoads.Of(features, weights.On(device), device).IsStored(phase))
            {
                return new(Keeps: true, Prediction: null);
            }

            _prediction ??= Measure(replicas, device).Prediction;
            return new(_prediction.Phases[phase].Keeps, _prediction.Phases[phase]);
        }
    }
}

/// <summary>What is known of a phase before it starts.</summary>
/// <param name="Keeps">Whether its features are kept.</param>
/// <param name="Prediction">What it is predicted to take; null where nothing was measured.</param>
internal sealed record PhaseForecast(bool Keeps, PhaseEstimate? Prediction);
