using DistributedFreeze.Data.Features;
using DistributedFreeze.Data.Runs;
using DistributedFreeze.Exchange;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Features;
using DistributedFreeze.Training.Models;
using DistributedFreeze.Training.Replicas;
using DistributedFreeze.Training.Steps;
using DistributedFreeze.Training.Tails;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Heads;

/// <summary>Mixed images with changed features through the head's own loop and through TorchSharp's automatic differentiation.</summary>
[Slow]
public sealed class MixedTailTests : IDisposable
{
    private readonly SmallRuns _runs = new();

    public void Dispose() => _runs.Dispose();

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(1, false)]
    public void BothTails_ComeToTheSameLossAndGradient(int epoch, bool atTheBoundary)
    {
        using var scope = NewDisposeScope();
        using var stores = new FeatureStores();
        var spec = _runs.TwoPhases("mixed");
        spec = atTheBoundary ? spec with { Mixup = 0.7, FeatureAugmentation = new() { Brightness = 0.6, Contrast = 0.8, PerChannel = epoch == 2 } } : spec with { Data = spec.Data with { Augmentation = new() { Mixup = 0.7, Cutmix = 1 } } };
        spec = spec with { LabelSmoothing = 0.1, Phases = [spec.Phases[0]], Model = new() { Head = new() { Hidden = [8], Init = HeadInit.Glorot } } };
        using var workspace = RunWorkspace.Load(spec, stores, TestContext.Current.CancellationToken);
        var (run, end) = (workspace.Run, workspace.Run.Table.Layers.Length);
        using var network = NetworkState.Create(workspace.Weights.On(CPU), run.Head, HeadInit.Glorot, spec.Seed, CPU);
        network.Open(ParameterLayout.Of(run, 0), CPU);
        using var plain = new HeadOnlyTrainer(run, network.Trainable!);
        using var autograd = new AutogradTrainer(run, run.ShapeAt(end), network, new(run.Table, end, end), CPU);

        var expected = Trained(autograd, network, epoch);
        var found = Trained(plain, network, epoch);

        Assert.True(Math.Abs(expected[^ExchangeVector.SumElements..].Sum()) > 0.1);
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First, pair.Second, 1e-4f));
    }

    [Fact]
    public void ImagesThatAreScored_HaveTheFeaturesThatTheyHave()
    {
        using var scope = NewDisposeScope();
        using var stores = new FeatureStores();
        var spec = _runs.TwoPhases("scored");
        spec = spec with { FeatureAugmentation = new() { Brightness = 0.6, Contrast = 0.8 }, Phases = [spec.Phases[0]], Model = new() { Head = new() { Init = HeadInit.Glorot } } };
        using var workspace = RunWorkspace.Load(spec, stores, TestContext.Current.CancellationToken);
        var run = workspace.Run;
        var plain = RunDefinition.Of(run.Spec with { FeatureAugmentation = null }, run.Table, run.Data);
        using var network = NetworkState.Create(workspace.Weights.On(CPU), run.Head, HeadInit.Glorot, spec.Seed, CPU);
        network.Open(ParameterLayout.Of(run, 0), CPU);

        Assert.Equal(Scored(HeadOnly(plain)), Scored(HeadOnly(run)));
        Assert.Equal(Scored(Autograd(plain)), Scored(Autograd(run)));

        HeadOnlyTrainer HeadOnly(RunDefinition run) => new(run, network.Trainable!);
        AutogradTrainer Autograd(RunDefinition run) => new(run, run.ShapeAt(run.Table.Layers.Length), network, new(run.Table, run.Table.Layers.Length, run.Table.Layers.Length), CPU);

        double[] Scored(ITail tail)
        {
            using (tail)
            {
                var losses = new double[4];
                tail.Score(new DrawnFeatures(), run.Data.Train.AsSpan()[..4], new int[4], losses);
                return losses;
            }
        }
    }

    private static float[] Trained(ITail tail, NetworkState network, int epoch)
    {
        tail.Train(new DrawnFeatures(), epoch, [0, 4, 8]);
        var vector = new float[network.Trainable!.Layout.ExchangeLength];
        tail.Contribution.CopyTo(vector);
        return vector;
    }

    private sealed class DrawnFeatures : IFeatureSource
    {
        public void Take(int count, Span<float> destination)
        {
            var random = new Random(5);
            foreach (ref var value in destination)
            {
                value = (float)random.NextDouble();
            }
        }

        public DeviceBatch? TryTakeOnDevice(int count) => null;
    }
}
