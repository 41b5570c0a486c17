using DistributedFreeze.Data.Runs;
using DistributedFreeze.Exchange;
using DistributedFreeze.Training.Features;
using DistributedFreeze.Training.Models;
using DistributedFreeze.Training.Steps;
using DistributedFreeze.Training.Sums;
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
    private readonly IShardSums _sums;
    private readonly NoExchange _exchange;
    private readonly RandomFeatures _features;
    private readonly int[] _images;

    public TailProbe(RunDefinition run, RunWeights weights, int phase, Device device, DeviceResidency residency)
    {
        var onDevice = residency.StaysOn(device);
        _run = run;
        _network = NetworkState.Create(weights.On(device), run.Head, run.Spec.Model.Head.Init, run.Spec.Seed, device);
        _layout = ParameterLayout.Of(run, phase);
        _network.Open(_layout, device);
        _tail = PhaseTails.Create(run, phase, _network, device, residency);
        var optimizer = run.Spec.Phases[phase].Optimizer;
        _optimizer = FlatOptimizers.Create(optimizer, ParameterGroup.Of(_layout, optimizer, run.Table), device);
        var tree = new ShardTree(run.Spec.Shards);
        _sums = onDevice ? new DeviceShardSums(tree, _network.Trainable!) : new HostShardSums(tree, _layout.ExchangeLength);
        _exchange = new(new float[_layout.ExchangeLength]);
        _features = new(run.ElementsAt(run.Routes[phase].Boundary), onDevice ? device : null);
        _images = [.. Enumerable.Range(0, Math.Min(run.Schedule.ShardBatchSize, run.Data.Train.Length))];
    }

    /// <summary>Computes a full shard forward and backward.</summary>
    /// <returns>Its images.</returns>
    public long TrainShard()
    {
        _tail.BeginStep();
        _tail.Train(_features, epoch: 0, _images);
        (_tail.Contribution as IDeferredContribution)?.CopyTo(0, _exchange.Total); // which is the larger part of its backward pass
        Wait();
        return _images.Length;
    }

    /// <summary>Adds all shards of a step, each like the last one trained, but for those that are added while they are computed; and applies what there is.</summary>
    /// <returns>1, the steps.</returns>
    public long Step()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        _sums.Begin();
        for (var shard = 0; shard < _run.Spec.Shards && _tail.Contribution is not IDeferredContribution; shard++)
        {
            _sums.Push(shard, _tail);
        }

        var state = _network.Trainable!;
        var mean = _sums.AllReduce(_exchange, images: 1, wantsStop: false, CancellationToken.None);
        var (gradient, statistics) = state.Parts(mean.Vector);
        state.MergeStatistics(statistics, _run.Table.BatchNormMomentum);
        _optimizer.Apply(state.Parameters, gradient, stepsBefore: 0, factor: 1);
        Wait();
        return 1;
    }

    /// <summary>A GPU is done with what was queued: to read a number of it is to wait for that.</summary>
    private void Wait()
    {
        using var scope = NewDisposeScope();
        _network.Trainable!.Parameters.narrow(0, 0, 1).cpu();
    }

    public void Dispose()
    {
        _features.Dispose();
        _sums.Dispose();
        _tail.Dispose();
        _optimizer.Dispose();
        _network.Dispose();
    }

    /// <summary>What the exchange of a single replica comes to, whose time is not measured here.</summary>
    private sealed class NoExchange(float[] total) : IStepExchange
    {
        public float[] Total => total;

        public StepTotal AllReduce(PartialSums sums, int samples, bool wantsStop, CancellationToken cancellationToken) => new(total, Stop: false);

        public void ThrowIfBroken(CancellationToken cancellationToken)
        {
            // Nobody breaks it.
        }
    }
}
