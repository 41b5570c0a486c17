using System.Collections.Immutable;
using DistributedFreeze.Coordination.Groups;
using DistributedFreeze.Coordination.Positions;
using DistributedFreeze.Devices;
using DistributedFreeze.Freezing;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;
using DistributedFreeze.Simulation.Cluster;

namespace DistributedFreeze.Simulation.Runs;

/// <summary>The run that is simulated: its spec, its arithmetic, and what it comes to when nothing disturbs it.</summary>
internal sealed class SimRun
{
    public const string Id = "simulated";
    private const int Images = 30;
    private const int Scored = 10;

    public SimRun(string output, int replicas, bool testsAtTheEnd)
    {
        Spec = new()
        {
            Data = new() { Path = "images", ImageSize = 64, Preprocessing = Preprocessing.Torch },
            Model = new() { RandomWeights = true },
            BatchSize = 8,
            Shards = 4,
            Output = output,
            Replicas = replicas,
            Phases =
            [
                new() { Epochs = 6, Patience = 2, Optimizer = new() { LearningRate = 1e-3 } },
                new() { Epochs = 3, Freeze = new FreezePolicy.LastLayers(10), Optimizer = new() { LearningRate = 1e-3 } },
            ],
        };
        TestImages = testsAtTheEnd ? Scored : 0;
        Schedule = new(Images, Spec.Shards, Spec.BatchSize);
    }

    public RunSpec Spec { get; }

    public int TestImages { get; }

    public EpochSchedule Schedule { get; }

    /// <summary>What every replica has loaded.</summary>
    public ReplicaReady Ready(string device) => new()
    {
        Device = DeviceId.Name(device), // a replica of another kind of device would be refused
        DataHash = "data",
        BaseHash = "base",
        Classes = ["cat", "dog"],
        TrainImages = Images,
        ValidationImages = Scored,
        TestImages = TestImages,
        LayerHashes = ImmutableSortedDictionary<string, string>.Empty.Add("conv1_conv", "frozen"),
        BroadcastPieces = [.. Spec.Phases.Select((_, phase) => (Images + phase) % 4 == 0 ? 1000 : 5)], // some go through the checkpoint
    };

    /// <summary>What trains in a phase: later ones open more.</summary>
    public static ImmutableArray<string> OpenIn(int phase) => phase == 0 ? ["head"] : ["head", "conv5"];

    public static ImmutableArray<(int Shard, ulong Gradient)> Gradients(SimState state, IEnumerable<int> shards, (int Phase, int Epoch, int Step) place) =>
        [.. shards.Select(shard => (shard, Mix.Of(state.Weights, (ulong)(((place.Phase * 100 + place.Epoch) * 100 + place.Step) * 100 + shard))))];

    public static EvaluationReport Score(SimState state, EvaluationSplit split, ImmutableArray<int> shards) => new(
        [.. shards.Select(shard => new ShardScore(shard, Scored / 4 + (shard < Scored % 4 ? 1 : 0), Mix.Loss(Mix.Of(state.Weights, (ulong)(shard + (int)split * 10))), 1))],
        Stopped: false);

    /// <summary>What the run comes to.</summary>
    public (string Model, ImmutableArray<double> TrainLoss, double? TestLoss) Undisturbed()
    {
        var state = SimState.Loaded;
        var losses = ImmutableArray.CreateBuilder<double>();
        ImmutableArray<int> all = [.. Enumerable.Range(0, Spec.Shards)];
        for (var phase = 0; phase < Spec.Phases.Length; phase++)
        {
            var open = OpenIn(phase);
            state = state.Open(open);
            var (best, bestLoss, worse) = (state.Copy(open), double.MaxValue, 0);
            for (var epoch = 0; epoch < Spec.Phases[phase].Epochs && worse < (Spec.Phases[phase].Patience ?? int.MaxValue); epoch++)
            {
                var (sum, samples) = (0.0, 0L);
                for (var step = 0; step < Schedule.StepsPerEpoch; step++)
                {
                    var total = Gradients(state, all, (phase, epoch, step)).Aggregate(0UL, (sum, shard) => Mix.Of(sum, shard.Gradient));
                    state = state.After(total, open);
                    sum += Mix.Loss(total);
                    samples += Schedule.SamplesIn(step);
                }

                losses.Add(sum / samples);
                var loss = SplitScore.Of([Score(state, EvaluationSplit.Validation, all)]).Loss;
                worse = loss < bestLoss ? 0 : worse + 1;
                (best, bestLoss) = loss < bestLoss ? (state.Copy(open), loss) : (best, bestLoss);
            }

            state = state.With(best);
        }

        return (state.ModelHash, losses.ToImmutable(), TestImages == 0 ? null : SplitScore.Of([Score(state, EvaluationSplit.Test, all)]).Loss);
    }
}
