using DistributedFreeze.Benchmarks.Freeze;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Freezing;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Features;
using DistributedFreeze.Training.Replicas;

namespace DistributedFreeze.Benchmarks.Gpu;

/// <summary>Steps of one replica from features that are kept on its device, and steps of everything from decoded pixels.</summary>
internal sealed class StepFigures(GpuSizes sizes, RunPrecision precision, int rounds, MemorySoFar memory)
{
    private const string Everything = "everything";

    /// <summary>A step of the head alone is over before a clock has anything to tell.</summary>
    private const int WindowsOfAHead = 20;

    public static IReadOnlyList<(string Name, FreezePolicy Policy)> Works { get; } = [.. Boundaries.All, (Everything, new FreezePolicy.All())];

    /// <param name="images">A folder with images for a round of steps of all shards, so that a round is a window.</param>
    /// <param name="work">One of <see cref="Works"/>.</param>
    /// <param name="shards">Shards of a step.</param>
    /// <param name="name">What to call it.</param>
    public async Task<GpuFigure> OfAsync(string images, (string Name, FreezePolicy Policy) work, int shards, string name)
    {
        using var stores = new FeatureStores();
        var workspaces = new RunWorkspaces(stores) { Residency = DeviceResidency.OfGpus with { OnProcessor = true } };
        var spec = TrainedSteps.Spec(images, work.Policy, work.Name == Everything ? FeatureCacheMode.Off : FeatureCacheMode.On, side: sizes.Side) with
        {
            BatchSize = shards * sizes.Shard,
            Shards = shards,
            Precision = precision,
        };
        spec = spec with { Phases = [spec.Phases[0] with { Optimizer = new() { Kind = OptimizerKind.Adam, LearningRate = 1e-5 } }] };
        await using var steps = await TrainedSteps.PrepareAsync(spec, workspaces, replicas: 1, sizes.Device[..sizes.Device.IndexOf(':')]);
        if (work.Name != Everything)
        {
            steps.Train(2); // features come to the device in the first epoch, and are all there in the second
        }

        var measured = new Rounds();
        measured.Add(name, () => Enumerable.Range(0, work.Name == "head" ? WindowsOfAHead : 1).Sum(_ => steps.Steps(sizes.Steps)));
        measured.Run(rounds, _ => { });
        return GpuFigure.Of(name, shards, measured[name], memory.Bytes);
    }
}
