using System.Collections.Immutable;
using DistributedFreeze.Advice;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Replicas;
using DistributedFreeze.Training.Steps;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Advice;

[Slow]
public sealed class GradientProbeTests : IDisposable
{
    private const double Rate = 0.01;

    private readonly SmallRuns _runs = new();

    public void Dispose() => _runs.Dispose();

    [Fact]
    public void ARatio_IsHowFarAStepOfPlainDescentMovesABlock()
    {
        // One shard and one step: the gradient of the step is that of the shard.
        var spec = Spec() with { BatchSize = 28, Shards = 1, Replicas = 1 };
        var (all, moved) = (GradientProbe.SpecOf(Head(spec)), new List<float[]>());
        using var stores = new FeatureStores();
        using var home = RunWorkspace.Load(spec, stores, TestContext.Current.CancellationToken);
        var blocks = new Blocks(home.Run.Table);

        var ratios = new GradientProbe(home, home.Run.Data, blocks, CPU).Run(all, 1, (_, _) => { }, TestContext.Current.CancellationToken);

        var descent = all with
        {
            Phases = [all.Phases[0], all.Phases[1] with { Optimizer = new() { Kind = OptimizerKind.Sgd, LearningRate = Rate, Momentum = 0, WeightDecay = 0 }, Schedule = new() { Kind = ScheduleKind.Constant } }],
        };
        ParameterLayout? layout = null;
        using (var run = new ShortRun(home.Lend(descent, home.Run.Data), CPU, 1))
        {
            foreach (var epochs in (int[])[0, 1])
            {
                run.TrainTo(epochs, () => { }, TestContext.Current.CancellationToken);
                run.Differentiate(0, Keep, (_, _, _, _) => { }, TestContext.Current.CancellationToken);
            }
        }

        Assert.Equal(home.Run.Table.BlockEnds.Select(layer => layer.Name), ratios.Select(one => one.Name));
        Assert.Equal(layout!.HeadOffset, ratios.Sum(one => one.Parameters));
        Assert.All(ratios, (one, i) => Assert.Equal(Moved(i), one.Ratio, 1e-3 * one.Ratio));
        Assert.True(ratios.Max(one => one.Ratio) > 2 * ratios.Min(one => one.Ratio));

        void Keep(ParameterLayout places, float[] values)
        {
            layout = places;
            moved.Add(values);
        }

        double Moved(int block)
        {
            HashSet<string> layers = [.. home.Run.Table.Layers.Where(layer => layer.Block == blocks.Layers[block].Block).Select(layer => layer.Name)];
            var (step, all) = (0.0, 0.0);
            foreach (var slot in layout.Parameters.Where(slot => layers.Contains(slot.Name[..slot.Name.LastIndexOf('.')])))
            {
                for (var i = slot.Offset; i < slot.Offset + slot.Length; i++)
                {
                    step += Math.Pow(moved[1][i] - (double)moved[0][i], 2);
                    all += Math.Pow(moved[0][i], 2);
                }
            }

            return Math.Sqrt(step / all) / Rate;
        }
    }

    [Fact]
    public void ReplicasChangeNothing_AndEveryImageOfTheStepsIsTold()
    {
        var spec = Spec();
        var all = GradientProbe.SpecOf(Head(spec));
        using var stores = new FeatureStores();
        using var home = RunWorkspace.Load(spec, stores, TestContext.Current.CancellationToken);

        var told = new List<(int, int)>();
        ImmutableArray<BlockGradient>[] answers =
        [
            .. ((int[])[1, 3]).Select(replicas => new GradientProbe(home, home.Run.Data, new(home.Run.Table), CPU)
                .Run(all, replicas, (done, of) => told.Add((done, of)), TestContext.Current.CancellationToken)),
        ];

        Assert.Equal(answers[0], answers[1]);
        Assert.Equal((28, 28), told[^1]);
    }

    private static Candidate Head(RunSpec spec) => Candidate.For(spec, Freezing.Layers.LayerTable.For(spec.Model), classes: 4)[0];

    /// <summary>28 training images of 33 pixels.</summary>
    private RunSpec Spec() => _runs.TwoPhases("output") with
    {
        Data = new() { Path = _runs.Data, ImageSize = 33 },
        Features = new() { Directory = _runs.In("cache") },
        Phases = [new() { Epochs = 2 }],
    };
}
