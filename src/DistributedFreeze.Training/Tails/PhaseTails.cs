using DistributedFreeze.Training.Features;
using DistributedFreeze.Training.Models;
using DistributedFreeze.Training.Replicas;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Tails;

/// <summary>Makes the tail of a phase.</summary>
internal static class PhaseTails
{
    /// <param name="workspace">The run's.</param>
    /// <param name="phase">The phase, from 0, that <paramref name="network"/> is open for.</param>
    /// <param name="network">Holds what trains.</param>
    /// <param name="device">Where it is.</param>
    public static ITail Create(RunWorkspace workspace, int phase, NetworkState network, Device device)
    {
        var boundary = workspace.Routes[phase].Boundary;
        var end = workspace.Table.Layers.Length;
        return boundary == end && device.type == TorchSharp.DeviceType.CPU
            ? new HeadOnlyTrainer(workspace, network.Trainable!)
            : new AutogradTrainer(
                workspace,
                FeatureShapes.At(workspace.Table, boundary, workspace.Spec.Data.ImageSize),
                network,
                new(workspace.Table, boundary, end),
                device);
    }
}
