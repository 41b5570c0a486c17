using System.Diagnostics;
using DistributedFreeze.Freezing.Estimates;
using DistributedFreeze.Training.Models;
using DistributedFreeze.Training.Replicas;

namespace DistributedFreeze.Training.Measuring;

/// <summary>Measures what comes after the last epoch: the proof that what was frozen stayed so, and the model.</summary>
internal static class FinishProbe
{
    /// <summary>Bytes per second to a disk that was not measured; assumed.</summary>
    private const double DiskRate = 200e6;

    /// <summary>How often what trained is hashed: at the end of the last phase, for the model's name, and when its file is written.</summary>
    private const int ModelHashes = 3;

    /// <returns>Seconds.</returns>
    public static double Measure(RunWorkspace workspace, BaseWeights weights, MeasuredRates rates)
    {
        var frozen = workspace.Table.Layers.Where(layer => layer.HasParameters && !workspace.Masks.Any(mask => mask.Trainable[layer.Index])).ToList();
        var bytes = sizeof(float) * frozen.Sum(layer => layer.Tensors.Sum(tensor => tensor.Elements));
        var started = Stopwatch.GetTimestamp();
        weights.Hash(frozen.Select(layer => layer.Name));
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;

        var trained = sizeof(float) * Enumerable.Range(0, workspace.Masks.Length).Max(phase => (double)workspace.LayoutOf(phase).ParameterCount);
        return seconds + ModelHashes * trained * seconds / Math.Max(1, bytes) + trained / (rates.Disk ?? DiskRate);
    }
}
