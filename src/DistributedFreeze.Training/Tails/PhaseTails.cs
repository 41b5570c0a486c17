using DistributedFreeze.Data.Runs;
using DistributedFreeze.Training.Features;
using DistributedFreeze.Training.Models;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Tails;

/// <summary>Makes the tail of a phase.</summary>
internal static class PhaseTails
{
    /// <param name="run">The run.</param>
    /// <param name="phase">The phase, from 0, that <paramref name="network"/> is open for.</param>
    /// <param name="network">Holds what trains.</param>
    /// <param name="device">Where it is.</param>
    /// <param name="residency">Whether what a step needs stays there.</param>
    public static ITail Create(RunDefinition run, int phase, NetworkState network, Device device, DeviceResidency residency)
    {
        var boundary = run.Routes[phase].Boundary;
        var end = run.Table.Layers.Length;
        return boundary == end && !residency.StaysOn(device)
            ? new HeadOnlyTrainer(run, network.Trainable!)
            : new AutogradTrainer(
                run,
                run.ShapeAt(boundary),
                network,
                new(run.Table, boundary, end, ComputeForm.Of(run.Spec.Precision, device)),
                device,
                residency.ScoredOn(device, run.Spec.Data.ImageSize));
    }
}
