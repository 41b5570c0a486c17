using System.Diagnostics;
using DistributedFreeze.Benchmarks.Freeze;
using DistributedFreeze.Data;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Data.Runs;
using DistributedFreeze.Freezing;
using DistributedFreeze.Inference.Images;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Features;
using DistributedFreeze.Training.Replicas;

namespace DistributedFreeze.Benchmarks.Gpu;

/// <summary>Epochs of one replica over a folder of JPEG files, with a cache folder as runs have it, and what bounds the first one: decoding and prefix, each alone.</summary>
internal sealed class EpochFigures(GpuSizes sizes, RunPrecision precision, int rounds, MemorySoFar memory)
{
    private const string Run = "epochs";

    private static readonly string[] Trained = ["head", "conv5"];

    public static IEnumerable<(string Name, FreezePolicy Policy)> Works => Boundaries.All.Where(work => Trained.Contains(work.Name));

    private string Kind => sizes.Device[..sizes.Device.IndexOf(':')];

    /// <param name="few">Other images, for what is done for the first time: libraries choose their kernels, memory is taken, code is compiled.</param>
    /// <param name="images">The JPEG files.</param>
    /// <param name="work">What trains.</param>
    /// <param name="tell">Takes a figure.</param>
    public async Task MeasureAsync(string few, string images, (string Name, FreezePolicy Policy) work, Action<GpuFigure> tell)
    {
        var cache = Directory.CreateTempSubdirectory("dfreeze-bench-cache-").FullName;
        try
        {
            using var stores = new FeatureStores();
            var workspaces = new RunWorkspaces(stores) { Residency = DeviceResidency.OfGpus with { OnProcessor = true } };
            await using (var warm = await TrainedSteps.PrepareAsync(Spec(few, work.Policy, cache), workspaces, replicas: 1, Kind))
            {
                warm.Train(2);
            }

            var spec = Spec(images, work.Policy, cache);
            var started = Stopwatch.GetTimestamp();
            using (workspaces.Join("load", spec, CancellationToken.None))
            {
                // Every image is read, checked and decoded, and a later run knows that it was: it decodes none before it needs it.
                Tell(GpuWorks.Load(work.Name), 0, [Stopwatch.GetElapsedTime(started).TotalSeconds / sizes.Files]);
            }

            using var lease = workspaces.Join(Run, spec, CancellationToken.None);
            Tell(GpuWorks.Decoding(work.Name), 0, Decode(lease.Workspace.Run));
            tell(new PrefixFigures(sizes, precision, rounds, memory).Of(lease.Workspace, GpuWorks.PrefixOf(work.Name))); // on the engine of the first epoch, which is there then
            await using var steps = await TrainedSteps.PrepareAsync(spec, workspaces, replicas: 1, Kind, Run);
            Tell(GpuWorks.FirstEpoch(work.Name), GpuSizes.Shards, [Seconds(steps)]);
            Tell(GpuWorks.PrefixInFirstEpoch(work.Name), 0, [steps.Times.Prefix / sizes.Files]);
            Tell(GpuWorks.CachedEpoch(work.Name), GpuSizes.Shards, [.. Enumerable.Range(0, rounds + 1).Select(_ => Seconds(steps)).Skip(1)]);
        }
        finally
        {
            Directory.Delete(cache, recursive: true);
        }

        void Tell(string name, int shards, IEnumerable<double> seconds) => tell(GpuFigure.Of(name, shards, seconds, memory.Bytes));
    }

    /// <summary>Decoding alone, on as many threads as a replica here has.</summary>
    /// <returns>Seconds of an image, round by round.</returns>
    private IReadOnlyList<double> Decode(RunDefinition run)
    {
        var threads = DeviceResidency.DecodeThreadsFor(ReplicaDevice.Of(sizes.Device));
        var measured = new Rounds();
        measured.Add(Run, () =>
        {
            var decoder = new ImageDecoder(run.Spec.Data); // one that keeps nothing
            using var ahead = new DecodeAhead(decoder, run.Data.Train.Select(run.Data.ContentOf), threads, capacity: 2 * sizes.Block);
            var images = 0;
            for (; ahead.TryTake(out _); images++)
            {
                // It is decoded, and that is all.
            }

            return images;
        });
        measured.Run(rounds, _ => { });
        return measured[Run];
    }

    private static double Seconds(TrainedSteps steps)
    {
        var started = Stopwatch.GetTimestamp();
        var images = steps.Train(1);
        return Stopwatch.GetElapsedTime(started).TotalSeconds / images;
    }

    private RunSpec Spec(string images, FreezePolicy policy, string cache)
    {
        var spec = TrainedSteps.Spec(images, policy, FeatureCacheMode.On, side: sizes.Side) with { BatchSize = GpuSizes.Shards * sizes.Shard, Shards = GpuSizes.Shards, Precision = precision };
        return spec with
        {
            Features = new() { Cache = FeatureCacheMode.On, Directory = cache },
            Phases = [spec.Phases[0] with { Optimizer = new() { Kind = OptimizerKind.Adam, LearningRate = 1e-5 } }],
        };
    }
}
