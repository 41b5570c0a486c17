using DistributedFreeze.Benchmarks.Freeze;
using DistributedFreeze.Data;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Freezing;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Native;
using DistributedFreeze.Training.Replicas;
using static TorchSharp.torch;

namespace DistributedFreeze.Benchmarks.Scale;

/// <summary>A step of a head with so many classes against the two products of matrices that it is: the logits, and the gradient of the weights.</summary>
/// <remarks>Kept features, one replica of one thread, 32 images in 4 shards; libtorch computes the bare products, whole, on one thread.</remarks>
/// <param name="Optimizer">By which rule.</param>
/// <param name="Classes">How many.</param>
/// <param name="Step">Milliseconds of a step; the median of the rounds.</param>
/// <param name="Products">Those of the bare products.</param>
/// <param name="Ratio">The first over the second, by rounds.</param>
internal sealed record HeadScale(OptimizerKind Optimizer, int Classes, double Step, double Products, Ratio Ratio)
{
    private const int Inputs = 2_048;
    private const int ImageSize = 32;
    private const int StepsAtOnce = 8;
    private const int Contents = 64;

    public static async Task<IReadOnlyList<HeadScale>> MeasureAsync(int classes, int rounds, Action<string> say)
    {
        LibTorch.EnsureLoaded();
        var folder = Directory.CreateTempSubdirectory("dfreeze-scale-").FullName;
        try
        {
            Write(folder, classes);
            using var stores = new FeatureStores();
            var workspaces = new RunWorkspaces(stores);
            using var products = new BareProducts(classes);
            var timed = new Rounds();
            timed.Add("products", () => products.Run(StepsAtOnce));
            var heads = new List<TrainedSteps>();
            try
            {
                foreach (var kind in Enum.GetValues<OptimizerKind>())
                {
                    var spec = TrainedSteps.Spec(folder, new FreezePolicy.None(), FeatureCacheMode.On);
                    var head = await TrainedSteps.PrepareAsync(
                        spec with
                        {
                            Data = spec.Data with { ImageSize = ImageSize },
                            Model = new() { RandomWeights = true },
                            Phases = [spec.Phases[0] with { Optimizer = new() { Kind = kind, LearningRate = 1e-4 } }],
                        },
                        workspaces,
                        replicas: 1);
                    heads.Add(head);
                    timed.Add($"{kind}", () => head.Steps(StepsAtOnce));
                }

                timed.Run(rounds, line => say($"{classes} classes, {line}"));
            }
            finally
            {
                foreach (var head in heads)
                {
                    await head.DisposeAsync();
                }
            }

            return [.. Enum.GetValues<OptimizerKind>().Select(kind => new HeadScale(
                kind, classes, Milliseconds(timed[$"{kind}"]), Milliseconds(timed["products"]), Ratio.Of("step", $"{kind}", timed["products"], timed[$"{kind}"])))];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static double Milliseconds(IReadOnlyList<double> secondsAnImage) => Ratio.Median([.. secondsAnImage.Order()]) * TrainedSteps.Batch * 1_000;

    /// <summary>One image of each class; few of them differ, since features are kept by content.</summary>
    private static void Write(string folder, int classes)
    {
        var drawn = Path.Combine(folder, "drawn");
        DemoImages.Write(drawn, seed: 1, size: ImageSize, trainPerClass: Contents / DemoImages.Classes.Length, validationPerClass: 1, testPerClass: 1);
        var contents = Directory.GetFiles(Path.Combine(drawn, "train"), "*.png", SearchOption.AllDirectories);
        for (var number = 0; number < classes; number++)
        {
            foreach (var split in number == 0 ? new[] { "train", "val", "test" } : ["train"])
            {
                File.Copy(contents[number % contents.Length], Path.Combine(Directory.CreateDirectory(Path.Combine(folder, split, $"class{number:D6}")).FullName, "image.png"));
            }
        }

        Directory.Delete(drawn, recursive: true);
    }

    /// <summary>What a step cannot do without.</summary>
    private sealed class BareProducts(int classes) : IDisposable
    {
        private readonly Tensor _features = rand(TrainedSteps.Batch, Inputs);
        private readonly Tensor _weights = rand(classes, Inputs);
        private readonly Tensor _deltas = rand(TrainedSteps.Batch, classes);

        // Written in place: memory that is new each time would cost more than the products.
        private readonly Tensor _logits = zeros(TrainedSteps.Batch, classes);
        private readonly Tensor _gradient = zeros(classes, Inputs);

        public int Run(int steps)
        {
            set_num_threads(1); // which is of the calling thread, and that may be another one by now
            using var noGradient = no_grad();
            for (var step = 0; step < steps; step++)
            {
                using var scope = NewDisposeScope();
                _logits.addmm_(_features, _weights.t(), 0, 1);
                _gradient.addmm_(_deltas.t(), _features, 0, 1);
            }

            return steps * TrainedSteps.Batch;
        }

        public void Dispose()
        {
            _features.Dispose();
            _weights.Dispose();
            _deltas.Dispose();
            _logits.Dispose();
            _gradient.Dispose();
        }
    }
}
