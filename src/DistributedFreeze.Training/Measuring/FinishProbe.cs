using System.Diagnostics;
using DistributedFreeze.Data.Runs;
using DistributedFreeze.Freezing.Estimates;
using DistributedFreeze.Training.Models;
using DistributedFreeze.Training.Steps;

namespace DistributedFreeze.Training.Measuring;

/// <summary>Measures what comes after the last epoch: the proof that what was frozen stayed so, and the model.</summary>
internal static class FinishProbe
{
    /// <summary>Bytes per second to a disk that was not measured; assumed.</summary>
    private const double DiskRate = 200e6;

    /// <summary>How often what trained is hashed: at the end of the last phase, for the model's name, and when its file is written.</summary>
    private const int ModelHashes = 3;

    /// <returns>Seconds.</returns>
    public static double Measure(RunDefinition run, BaseWeights weights, MeasuredRates rates)
    {
        var frozen = run.Table.Layers.Where(layer => layer.HasParameters && !run.Masks.Any(mask => mask.Trainable[layer.Index])).ToList();
        var bytes = sizeof(float) * frozen.Sum(layer => layer.Tensors.Sum(tensor => tensor.Elements));
        var started = Stopwatch.GetTimestamp();
        weights.Hash(frozen.Select(layer => layer.Name));
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;

        var trained = sizeof(float) * Enumerable.Range(0, run.Masks.Length).Max(phase => (double)ParameterLayout.Of(run, phase).ParameterCount);
        return seconds + ModelHashes * trained * seconds / Math.Max(1, bytes) + trained / (rates.Disk ?? DiskRate);
    }
}
