using DistributedFreeze.Benchmarks.Freeze;
using DistributedFreeze.Data;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Freezing;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Features;
using DistributedFreeze.Training.Models;
using DistributedFreeze.Training.Replicas;

namespace DistributedFreeze.Benchmarks.Gpu;

/// <summary>A frozen prefix by itself: from pixels to features, both in host memory, in the blocks and on the engine that a run takes.</summary>
internal sealed class PrefixFigures(GpuSizes sizes, RunPrecision precision, int rounds, MemorySoFar memory)
{
    /// <summary>The whole network without its head.</summary>
    /// <param name="images">Any folder of images.</param>
    public GpuFigure Whole(string images)
    {
        using var stores = new FeatureStores();
        var spec = TrainedSteps.Spec(images, new FreezePolicy.None(), FeatureCacheMode.On, side: sizes.Side) with { Precision = precision };
        using var workspace = RunWorkspace.Load(spec, stores, CancellationToken.None);
        return Of(workspace, "prefix");
    }

    /// <summary>Up to the first phase's boundary.</summary>
    /// <param name="workspace">A run's.</param>
    /// <param name="name">What to call it.</param>
    public GpuFigure Of(RunWorkspace workspace, string name)
    {
        var device = ReplicaDevice.Of(sizes.Device);
        using var network = new NetworkState(workspace.Weights.On(device));
        var engine = workspace.Features.Engines.Get(0, workspace.Run.Routes[0].Ends, network, device);
        using var block = new FeatureBlock(engine, start: 0);
        var random = new KeyedRandom(0, "prefix benchmark");
        for (var slot = 0; slot < block.Size; slot++)
        {
            foreach (ref var value in block.Input(slot))
            {
                value = random.NextSingle();
            }
        }

        var measured = new Rounds();
        measured.Add(name, () => Enumerable.Range(0, sizes.Blocks).Sum(_ =>
        {
            block.Evaluate();
            return block.Size;
        }));
        measured.Run(rounds, _ => { });
        return GpuFigure.Of(name, shards: 0, measured[name], memory.Bytes);
    }
}
