using DistributedFreeze.Benchmarks.Freeze;
using DistributedFreeze.Data;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Freezing;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Replicas;

namespace DistributedFreeze.Benchmarks.Shards;

/// <summary>
/// What the size of a shard costs: one step over one and the same batch with its features kept, cut into more and fewer shards, in turn,
/// at 224 x 224, or what else is asked for, on replicas of one thread.
/// </summary>
internal static class ShardsBenchmark
{
    public const int DefaultRounds = 4;
    private const int Batch = 64;

    private static readonly int[] Sizes = [4, 8, 16, 32];
    private static readonly int[] ReplicaCounts = [1, 2];
    private static readonly (string Name, FreezePolicy Policy)[] Opened =
        [("conv5_block3", new FreezePolicy.LastLayers(10)), ("conv5", new FreezePolicy.LastLayers(32))];

    public static async Task<IReadOnlyList<ShardSpeed>> RunAsync(int count, int side, Action<string> progress)
    {
        var images = Directory.CreateTempSubdirectory("dfreeze-bench-").FullName;
        try
        {
            DemoImages.Write(images, seed: 1, side, trainPerClass: Batch / 4, validationPerClass: 1, testPerClass: 1);
            using var stores = new FeatureStores();
            var workspaces = new RunWorkspaces(stores);
            var speeds = new List<ShardSpeed>();
            foreach (var (boundary, policy) in Opened)
            {
                var spec = TrainedSteps.Spec(images, policy, FeatureCacheMode.On, side: side);
                foreach (var replicas in ReplicaCounts)
                {
                    speeds.AddRange(await InTurnAsync(boundary, spec, replicas, workspaces, count, progress));
                }
            }

            return speeds;
        }
        finally
        {
            Directory.Delete(images, recursive: true);
        }
    }

    private static async Task<IReadOnlyList<ShardSpeed>> InTurnAsync(
        string boundary, RunSpec spec, int replicas, RunWorkspaces workspaces, int count, Action<string> progress)
    {
        var rounds = new Rounds();
        var subjects = new List<TrainedSteps>();
        try
        {
            foreach (var size in Sizes)
            {
                var steps = await TrainedSteps.PrepareAsync(spec with { BatchSize = Batch, Shards = Batch / size }, workspaces, replicas);
                subjects.Add(steps);
                rounds.Add(Name(size), () => steps.Train(1));
            }

            rounds.Run(count, progress);
        }
        finally
        {
            foreach (var steps in subjects)
            {
                await steps.DisposeAsync();
            }
        }

        return [.. Sizes.Select(size => ShardSpeed.Of(boundary, replicas, size, rounds[Name(size)], rounds[Name(Sizes[0])]))];

        string Name(int size) => $"{boundary}, {replicas} x 1 thread, shards of {size}";
    }
}
