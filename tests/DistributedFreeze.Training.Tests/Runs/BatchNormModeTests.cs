using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Data;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Freezing;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Models;
using DistributedFreeze.Training.Replicas;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DistributedFreeze.Training.Runs;

/// <summary>What batch norms of opened layers do, against TorchSharp's own modules in <c>eval()</c> and in <c>train()</c>.</summary>
[Collection(nameof(Alone))]
[Slow]
public sealed class BatchNormModeTests : IDisposable
{
    private const int Size = 48;
    private const double Rate = 0.01;
    private const int Epochs = 2;
    private const string Block = "conv5_block3_";

    private readonly SmallRuns _runs = new();

    [Theory]
    [InlineData(BatchNormMode.Inference)]
    [InlineData(BatchNormMode.Train)]
    public Task AnOpenedBlock_TrainsAsTheFrameworksModulesDo(BatchNormMode mode) => AssertAsFrameworkAsync(OneShardOfAllImages(mode), mode);

    [Fact]
    public Task UnevenClassesThatAreBalanced_TrainAsTheFrameworksWeightedLossDoes()
    {
        var folder = Directory.GetDirectories(Path.Combine(_runs.Data, "train")).Order(StringComparer.Ordinal).First();
        Array.ForEach(Directory.GetFiles(folder).Order(StringComparer.Ordinal).Take(5).ToArray(), File.Delete);

        return AssertAsFrameworkAsync(OneShardOfAllImages(BatchNormMode.Inference) with { BatchSize = 23, ClassWeights = ClassWeighting.Balanced }, BatchNormMode.Inference);
    }

    [Fact]
    public Task SmoothedLabelsAndClippedGradients_TrainAsTheFrameworksDo()
    {
        var spec = OneShardOfAllImages(BatchNormMode.Inference) with { LabelSmoothing = 0.2 };
        return AssertAsFrameworkAsync(spec with { Phases = [spec.Phases[0] with { ClipNorm = 0.05 }] }, BatchNormMode.Inference);
    }

    [Fact]
    public Task DecayOfAdamW_SparesBiasesAndBatchNorms_AsTwoGroupsOfTheFrameworksDo()
    {
        var spec = OneShardOfAllImages(BatchNormMode.Inference);
        return AssertAsFrameworkAsync(
            spec with { Phases = [spec.Phases[0] with { Optimizer = new() { Kind = OptimizerKind.AdamW, LearningRate = Rate, WeightDecay = 0.5, Epsilon = 0.01 } }] }, BatchNormMode.Inference);
    }

    [Fact]
    public Task LayersWithRatesOfTheirOwn_TrainAsGroupsOfTheFrameworksDo()
    {
        var spec = OneShardOfAllImages(BatchNormMode.Inference);
        var optimizer = spec.Phases[0].Optimizer with { LayerDecay = 0.5, Rates = NamedNumbers.Of(new() { ["conv5_*_bn"] = 0.1 }) };
        return AssertAsFrameworkAsync(spec with { Phases = [spec.Phases[0] with { Optimizer = optimizer }] }, BatchNormMode.Inference);
    }

    private static async Task AssertAsFrameworkAsync(RunSpec spec, BatchNormMode mode)
    {
        var outcome = await LocalRun.RunAsync(spec, replicas: 1);

        using var scope = NewDisposeScope();
        using var plain = new PlainBlock(spec, mode);
        var losses = plain.Train();

        Assert.Equal(losses, outcome.Receipt!.TrainLoss.Select(loss => loss), (expected, found) => Math.Abs(expected - found) < 1e-4);
        using var model = SafetensorsFile.Open(new OutputFolder(spec.Output).Model);
        Assert.All(plain.Tensors(), tensor =>
        {
            var statistic = tensor.Name.Contains(".running_", StringComparison.Ordinal);
            if (mode == BatchNormMode.Inference && statistic)
            {
                Assert.DoesNotContain(tensor.Name, model.Tensors.Select(info => info.Name)); // then the base's stay
                return;
            }

            var found = model.Read(tensor.Name);
            var farthest = tensor.Values.Zip(found, (expected, value) => Math.Abs(expected - value)).Max();
            Assert.True(farthest < 1e-4, $"{tensor.Name} is {farthest} off");
        });
    }

    public void Dispose() => _runs.Dispose();

    private RunSpec OneShardOfAllImages(BatchNormMode mode) => _runs.TwoPhases(mode.ToString()) with
    {
        Data = new() { Path = _runs.Data, ImageSize = Size, Preprocessing = Preprocessing.Torch },
        Model = new(),
        BatchSize = 28,
        Shards = 1,
        Features = new() { DiskBytes = 0, Engine = PrefixEngine.Torch },
        Phases =
        [
            new()
            {
                Epochs = Epochs,
                Freeze = new FreezePolicy.LastLayers(10),
                BatchNorm = mode,
                Keep = KeptEpoch.Last,
                Optimizer = new() { Kind = OptimizerKind.Sgd, LearningRate = Rate, Momentum = 0.9 },
            },
        ],
    };

    /// <summary>conv5_block3, the pooling and the classes as modules, over the same features and from the same weights.</summary>
    private sealed class PlainBlock : IDisposable
    {
        private static readonly int[] Channels = [512, 512, 2048];

        private readonly Conv2d[] _convolutions = [Conv2d(2048, 512, 1), Conv2d(512, 512, 3, padding: 1), Conv2d(512, 2048, 1)];
        private readonly BatchNorm2d[] _norms;
        private readonly Linear _head = Linear(2048, 4);
        private readonly Tensor _features;
        private readonly Tensor _labels;
        private readonly Tensor? _weights;
        private readonly RunSpec _spec;

        public PlainBlock(RunSpec spec, BatchNormMode mode)
        {
            _spec = spec;
            var table = LayerTable.For(NetworkGraph.KerasV1);
            _norms = [.. Channels.Select(channels => BatchNorm2d(channels, table.BatchNormEpsilon, table.BatchNormMomentum))];
            using var noGradient = no_grad();
            using var stores = new FeatureStores();
            using var workspace = RunWorkspace.Load(spec, stores, TestContext.Current.CancellationToken);
            using var network = NetworkState.Create(workspace.Weights.On(CPU), workspace.Run.Head, spec.Model.Head.Init, spec.Seed, CPU);
            foreach (var (name, tensor) in Modules())
            {
                tensor.copy_(network[name]);
            }

            var boundary = workspace.Run.Routes[0].Boundary;
            _features = new NetworkSegment(workspace.Run.Table, 0, boundary).Evaluate(Images(workspace), network);
            _labels = tensor(workspace.Run.Data.Train.Select(image => (long)image.Class).ToArray());
            if (spec.ClassWeights == ClassWeighting.Balanced)
            {
                // scikit-learn's compute_class_weight: n_samples / (n_classes * bincount).
                _weights = _labels.shape[0] / (4 * _labels.bincount(weights: null).to(ScalarType.Float32));
            }

            foreach (var norm in _norms)
            {
                norm.train(mode == BatchNormMode.Train);
            }
        }

        public List<double> Train()
        {
            List<Parameter> parameters = [.. _convolutions.SelectMany(layer => layer.parameters()), .. _norms.SelectMany(layer => layer.parameters()), .. _head.parameters()];
            using var optimizer = Optimizer(parameters);
            var losses = new List<double>();
            for (var epoch = 0; epoch < Epochs; epoch++)
            {
                var x = _features;
                for (var i = 0; i < 3; i++)
                {
                    x = _norms[i].forward(_convolutions[i].forward(x));
                    x = i < 2 ? x.relu() : (x + _features).relu();
                }

                var loss = functional.cross_entropy(_head.forward(x.mean([2, 3])), _labels, _weights, reduction: Reduction.Sum, label_smoothing: _spec.LabelSmoothing) / _labels.shape[0];
                optimizer.zero_grad();
                loss.backward();
                if (_spec.Phases[0].ClipNorm is { } norm)
                {
                    Assert.True(nn.utils.clip_grad_norm_(parameters, norm) > norm, "nothing was clipped: the test shows nothing");
                }

                optimizer.step();
                losses.Add(loss.ToDouble());
            }

            return losses;
        }

        private optim.Optimizer Optimizer(List<Parameter> parameters)
        {
            var spec = _spec.Phases[0].Optimizer;
            return spec.Kind == OptimizerKind.Sgd
                ? optim.SGD(
                    [
                        Sgd(_convolutions.SelectMany(layer => layer.parameters()), spec.LayerDecay),
                        Sgd(_norms.SelectMany(layer => layer.parameters()), spec.LayerDecay * (spec.Rates.IsEmpty ? 1 : spec.Rates.All.Single().Value)),
                        Sgd(_head.parameters(), 1),
                    ],
                    Rate)
                : optim.AdamW(
                    [Group(parameters.Where(parameter => parameter.dim() > 1), spec.WeightDecay), Group(parameters.Where(parameter => parameter.dim() == 1), 0)], Rate, eps: spec.Epsilon);

            static SGD.ParamGroup Sgd(IEnumerable<Parameter> parameters, double factor) => new(parameters, Rate * factor, momentum: 0.9);

            AdamW.ParamGroup Group(IEnumerable<Parameter> parameters, double decay) => new(parameters, Rate, eps: spec.Epsilon, weight_decay: decay);
        }

        public IEnumerable<(string Name, float[] Values)> Tensors() =>
            Modules().Select(pair => (pair.Name, pair.Tensor.detach().contiguous().data<float>().ToArray()));

        public void Dispose()
        {
            Array.ForEach(_convolutions, layer => layer.Dispose());
            Array.ForEach(_norms, layer => layer.Dispose());
            _head.Dispose();
        }

        private IEnumerable<(string Name, Tensor Tensor)> Modules()
        {
            for (var i = 0; i < 3; i++)
            {
                yield return ($"{Block}{i + 1}_conv.weight", _convolutions[i].weight);
                yield return ($"{Block}{i + 1}_conv.bias", _convolutions[i].bias!);
                yield return ($"{Block}{i + 1}_bn.weight", _norms[i].weight!);
                yield return ($"{Block}{i + 1}_bn.bias", _norms[i].bias!);
                yield return ($"{Block}{i + 1}_bn.running_mean", _norms[i].running_mean!);
                yield return ($"{Block}{i + 1}_bn.running_var", _norms[i].running_var!);
            }

            yield return ("head.0.weight", _head.weight);
            yield return ("head.0.bias", _head.bias!);
        }

        private static Tensor Images(RunWorkspace workspace)
        {
            var source = workspace.Features.Pixels.View(0);
            var rgb = new byte[source.ImageBytes];
            return stack(workspace.Run.Data.Train.Select(image =>
            {
                var values = new float[rgb.Length];
                source.Read(workspace.Run.Data.ContentOf(image), rgb);
                Normalizer.ToTensorLayout(rgb, Size, workspace.Preprocessing.Taken, values);
                return tensor(values, [3, Size, Size]);
            }));
        }
    }
}
