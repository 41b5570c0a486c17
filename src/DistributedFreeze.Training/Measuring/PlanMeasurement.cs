using DistributedFreeze.Freezing.Predictions;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Features;
using DistributedFreeze.Training.Native;
using DistributedFreeze.Training.Replicas;
using TorchSharp;

namespace DistributedFreeze.Training.Measuring;

/// <summary>Measures for a plan: loads what a run would load, and trains nothing.</summary>
public static class PlanMeasurement
{
    /// <summary>Loads data and weights, measures and predicts; on the calling thread, for some seconds.</summary>
    /// <param name="spec">The run.</param>
    /// <param name="cancellationToken">Stops the loading of the data.</param>
    /// <exception cref="Errors.InvalidInputException">Data or weights cannot be used.</exception>
    /// <exception cref="LibTorchException">libtorch is missing or broken.</exception>
    /// <exception cref="Features.Engines.PrefixEngineException">The prefix engine cannot be had.</exception>
    public static (MeasuredRates Rates, RunPrediction Prediction) Of(RunSpec spec, CancellationToken cancellationToken)
    {
        LibTorch.EnsureLoaded();
        var threads = torch.get_num_threads();
        torch.set_num_threads(spec.ThreadsPerReplica);
        try
        {
            using var stores = new FeatureStores();
            using var workspace = RunWorkspace.Load(spec, stores, cancellationToken);
            return workspace.Forecast.Measure(spec.Replicas, ReplicaDevice.First);
        }
        finally
        {
            torch.set_num_threads(threads);
        }
    }
}
