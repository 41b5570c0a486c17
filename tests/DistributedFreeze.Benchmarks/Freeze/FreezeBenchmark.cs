using DistributedFreeze.Data;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Freezing;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Models;
using DistributedFreeze.Training.Replicas;
using TorchSharp;

namespace DistributedFreeze.Benchmarks.Freeze;

/// <summary>What freezing saves: everything is timed in one process, in turn, at 224 x 224 on one thread where nothing else is said.</summary>
internal static class FreezeBenchmark
{
    private const int Images = 32;
    private const int EpochsOfAHead = 500;

    public static async Task<IReadOnlyList<Ratio>> RunAsync(int count, Action<string> progress)
    {
        var images = Directory.CreateTempSubdirectory("dfreeze-bench-").FullName;
        try
        {
            DemoImages.Write(images, seed: 1, size: 224, trainPerClass: Images / 4, validationPerClass: 1, testPerClass: 1);
            using var stores = new FeatureStores();
            var workspaces = new RunWorkspaces(stores);
            await using var subjects = new Subjects(images, workspaces);
            var rounds = new Rounds();
            await AddStepsAsync(subjects, rounds);
            using var plainTail = new PlainLoop(new FreezePolicy.LastLayers(32), TrainedSteps.Batch, TrainedSteps.Shards);
            using var plainFull = new PlainLoop(new FreezePolicy.All(), TrainedSteps.Batch, TrainedSteps.Shards);
            rounds.Add("plain conv5", () => OnThreads(1, () => plainTail.Steps(Images / TrainedSteps.Batch)));
            rounds.Add("plain all", () => OnThreads(1, () => plainFull.Steps(Images / TrainedSteps.Batch)));
            rounds.Add("plain conv5, two threads", () => OnThreads(2, () => plainTail.Steps(Images / TrainedSteps.Batch)));
            var table = LayerTable.For(NetworkGraph.KerasV1);
            using var weights = BaseWeights.Random(0, table, torch.CPU);
            using var onnx = new PrefixSteps(PrefixEngine.Onnx, table, weights);
            using var eager = new PrefixSteps(PrefixEngine.Torch, table, weights);
            rounds.Add("prefix onnx", () => onnx.Run(blocks: 4));
            rounds.Add("prefix torch", () => eager.Run(blocks: 4));
            rounds.Run(count, progress);
            return [.. Compare(rounds)];
        }
        finally
        {
            Directory.Delete(images, recursive: true);
        }
    }

    private static async Task AddStepsAsync(Subjects subjects, Rounds rounds)
    {
        var full = await subjects.AddAsync(new FreezePolicy.All(), FeatureCacheMode.Off);
        rounds.Add("full", () => full.Train(1));
        foreach (var (name, policy) in Boundaries.All)
        {
            var frozen = await subjects.AddAsync(policy, FeatureCacheMode.Off);
            var cached = await subjects.AddAsync(policy, FeatureCacheMode.On);
            var epochs = name == "head" ? EpochsOfAHead : 1;
            rounds.Add($"frozen {name}", () => frozen.Train(1));
            rounds.Add($"cached {name}", () => cached.Train(epochs));
        }

        var byTorch = await subjects.AddAsync(new FreezePolicy.LastLayers(32), FeatureCacheMode.Off, engine: PrefixEngine.Torch);
        rounds.Add("frozen conv5 on torch", () => byTorch.Train(1));
        var torchOnTwo = await subjects.AddAsync(new FreezePolicy.LastLayers(32), FeatureCacheMode.Off, replicas: 2, engine: PrefixEngine.Torch);
        rounds.Add("frozen conv5 on torch, two replicas", () => torchOnTwo.Train(1));
        var torchByTwo = await subjects.AddAsync(new FreezePolicy.LastLayers(32), FeatureCacheMode.Off, threads: 2, engine: PrefixEngine.Torch);
        rounds.Add("frozen conv5 on torch, two threads", () => torchByTwo.Train(1));
        var halves = await subjects.AddAsync(new FreezePolicy.LastLayers(10), FeatureCacheMode.On, FeatureType.Fp16);
        rounds.Add("cached conv5_block3 fp16", () => halves.Train(1));
        var two = await subjects.AddAsync(new FreezePolicy.LastLayers(32), FeatureCacheMode.Off, replicas: 2);
        rounds.Add("frozen conv5, two replicas", () => two.Train(1));
        var threads = await subjects.AddAsync(new FreezePolicy.LastLayers(32), FeatureCacheMode.Off, threads: 2);
        rounds.Add("frozen conv5, two threads", () => threads.Train(1));
    }

    private static int OnThreads(int threads, Func<int> run)
    {
        var before = torch.get_num_threads();
        torch.set_num_threads(threads);
        try
        {
            return run();
        }
        finally
        {
            torch.set_num_threads(before);
        }
    }

    private static IEnumerable<Ratio> Compare(Rounds rounds)
    {
        foreach (var (name, _) in Boundaries.All)
        {
            yield return Ratio.Of("cached-vs-full", name, rounds[$"cached {name}"], rounds["full"]);
        }

        foreach (var (name, _) in Boundaries.All)
        {
            yield return Ratio.Of("cached-vs-full-10-epochs", name, WithFill(rounds, name, 10), [.. rounds["full"].Select(epoch => 10 * epoch)]);
        }

        foreach (var (name, _) in Boundaries.All)
        {
            yield return Ratio.Of("frozen-vs-full", name, rounds[$"frozen {name}"], rounds["full"]);
        }

        yield return Ratio.Of("step-vs-plain-loop", "conv5", rounds["frozen conv5 on torch"], rounds["plain conv5"]);
        yield return Ratio.Of("step-vs-plain-loop", "all", rounds["full"], rounds["plain all"]);
        yield return Ratio.Of("two-replicas-vs-plain-loop", "conv5", rounds["frozen conv5 on torch, two replicas"], rounds["plain conv5, two threads"]);
        yield return Ratio.Of("two-threads-vs-plain-loop", "conv5", rounds["frozen conv5 on torch, two threads"], rounds["plain conv5, two threads"]);
        yield return Ratio.Of("prefix-onnx-vs-torch", "head", rounds["prefix onnx"], rounds["prefix torch"]);
        yield return Ratio.Of("two-replicas-vs-one", "conv5", rounds["frozen conv5, two replicas"], rounds["frozen conv5"]);
        yield return Ratio.Of("two-replicas-vs-two-threads", "conv5", rounds["frozen conv5, two replicas"], rounds["frozen conv5, two threads"]);
        yield return Ratio.Of("fp16-vs-fp32", "conv5_block3", rounds["cached conv5_block3 fp16"], rounds["cached conv5_block3"]);
    }

    /// <summary>The first epoch computes every feature once, as a frozen epoch without a cache does; the others read them.</summary>
    private static IReadOnlyList<double> WithFill(Rounds rounds, string name, int epochs) =>
        [.. rounds[$"frozen {name}"].Zip(rounds[$"cached {name}"], (fill, cached) => fill + (epochs - 1) * cached)];

    /// <summary>Replicas of the product, each ready for its epochs; a cached one fills its cache in the round that doesn't count.</summary>
    private sealed class Subjects(string images, RunWorkspaces workspaces) : IAsyncDisposable
    {
        private readonly List<TrainedSteps> _all = [];

        public async Task<TrainedSteps> AddAsync(
            FreezePolicy policy, FeatureCacheMode cache, FeatureType type = FeatureType.Fp32, int replicas = 1, int threads = 1, PrefixEngine engine = PrefixEngine.Onnx)
        {
            var steps = await TrainedSteps.PrepareAsync(TrainedSteps.Spec(images, policy, cache, type, threads, engine), workspaces, replicas);
            _all.Add(steps);
            return steps;
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var steps in _all)
            {
                await steps.DisposeAsync();
            }
        }
    }
}
