using System.Diagnostics;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Freezing.Estimates;
using DistributedFreeze.Inference.Runtime;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Measuring;
using DistributedFreeze.Training.Native;
using DistributedFreeze.Training.Replicas;
using TorchSharp;

namespace DistributedFreeze.Training.Planning;

/// <summary>Measures for a plan: loads what a run would load, and trains nothing.</summary>
public static class PlanMeasurement
{
    /// <summary>Loads data and weights, measures and predicts; on the calling thread, for some seconds.</summary>
    /// <param name="spec">The run.</param>
    /// <param name="cancellationToken">Stops the loading of the data.</param>
    /// <exception cref="Errors.InvalidInputException">Data or weights cannot be used.</exception>
    /// <exception cref="LibTorchException">libtorch is missing or broken.</exception>
    /// <exception cref="InferenceException">The prefix engine cannot be had.</exception>
    public static (MeasuredRates Rates, RunEstimate Prediction, RunOverhead Overhead) Of(RunSpec spec, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        LibTorch.EnsureLoaded();
        var threads = torch.get_num_threads();
        torch.set_num_threads(spec.ThreadsPerReplica);
        try
        {
            var device = ReplicaDevice.For(spec);
            using var stores = new FeatureStores();
            using var workspace = RunWorkspace.Load(spec, stores, cancellationToken);
            var weights = workspace.Weights.On(device);
            _ = workspace.Preprocessing.Choice;
            var loaded = Stopwatch.GetElapsedTime(started).TotalSeconds;

            var isNeeded = workspace.Forecast.IsNeeded(device);
            started = Stopwatch.GetTimestamp();
            var (rates, prediction) = workspace.Forecast.Measure(spec.Replicas, device);
            var measured = Stopwatch.GetElapsedTime(started).TotalSeconds;
            return (rates, prediction, new(loaded, isNeeded ? measured : rates.EngineSeconds, FinishProbe.Measure(workspace.Run, weights, rates)));
        }
        finally
        {
            torch.set_num_threads(threads);
        }
    }
}
