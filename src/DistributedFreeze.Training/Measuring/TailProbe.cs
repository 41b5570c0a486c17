using DistributedFreeze.Data.Runs;
using DistributedFreeze.Exchange;
using DistributedFreeze.Training.Models;
using DistributedFreeze.Training.Steps;
using DistributedFreeze.Training.Tails;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Measuring;

/// <summary>A phase's tail on a network to throw away.</summary>
internal sealed class TailProbe : IDisposable
{
    private readonly RunDefinition _run;
    private readonly NetworkState _network;
    private readonly ParameterLayout _layout;
    private readonly ITail _tail;
    private readonly IFlatOptimizer _optimizer;
    private readonly PartialSums _sums;
    private readonly float[] _total;
    private readonly RandomFeatures _features;
    private readonly int[] _images;

    public TailProbe(RunDefinition run, RunWeights weights, int phase, Device device)
    {
        _run = run;
        _network = NetworkState.Create(weights.On(device), run.Head, run.Spec.Model.Head.Init, run.Spec.Seed, device);
        _layout = ParameterLayout.Of(run, phase);
        _network.Open(_layout, device);
        _tail = PhaseTails.Create(run, phase, _network, device);
        var optimizer = run.Spec.Phases[phase].Optimizer;
        _optimizer = FlatOptimizers.Create(optimizer, ParameterGroup.Of(_layout, optimizer, run.Table), device);
        _sums = new(new ShardTree(run.Spec.Shards), _layout.ExchangeLength);
        _total = new float[_layout.ExchangeLength];
        _features = new(run.ElementsAt(run.Routes[phase].Boundary));
        _images = [.. Enumerable.Range(0, Math.Min(run.Schedule.ShardBatchSize, run.Data.Train.Length))];
    }

    /// <summary>Computes a full shard forward and backward.</summary>
    /// <returns>Its images.</returns>
    public long TrainShard()
    {
        _tail.BeginStep();
        _tail.Train(_features, epoch: 0, _images);
        (_tail.Contribution as IDeferredContribution)?.CopyTo(0, _total); // which is the larger part of its backward pass
        return _images.Length;
    }

    /// <summary>Adds all shards of a step, each like the last one trained, but for those that are added while they are computed; and applies what there is.</summary>
    /// <returns>1, the steps.</returns>
    public long Step()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        _sums.Reset();
        for (var shard = 0; shard < _run.Spec.Shards && _tail.Contribution is not IDeferredContribution; shard++)
        {
            _sums.Push(shard, _tail.Contribution);
        }

        var state = _network.Trainable!;
        var (gradient, statistics) = state.Accept(_total);
        state.MergeStatistics(statistics, _run.Table.BatchNormMomentum);
        _optimizer.Apply(state.Parameters, gradient, stepsBefore: 0, factor: 1);
        return 1;
    }

    public void Dispose()
    {
        _tail.Dispose();
        _optimizer.Dispose();
        _network.Dispose();
    }
}
