using DistributedFreeze.Data.Runs;
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
    public static ITail Create(RunDefinition run, int phase, NetworkState network, Device device)
    {
        var boundary = run.Routes[phase].Boundary;
        var end = run.Table.Layers.Length;
        return boundary == end && device.type == TorchSharp.DeviceType.CPU
            ? new HeadOnlyTrainer(run, network.Trainable!)
            : new AutogradTrainer(
                run,
                run.ShapeAt(boundary),
                network,
                new(run.Table, boundary, end),
                device);
    }
}
