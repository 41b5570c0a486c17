using System.Collections.Immutable;
using System.Diagnostics;
using DistributedFreeze.Coordination;
using DistributedFreeze.Coordination.Positions;
using DistributedFreeze.Data;
using DistributedFreeze.Data.Runs;
using DistributedFreeze.Errors;
using DistributedFreeze.Exchange;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Checkpoints;
using DistributedFreeze.Training.Features;
using DistributedFreeze.Training.Features.Engines;
using DistributedFreeze.Training.Models;
using DistributedFreeze.Training.Steps;
using DistributedFreeze.Training.Sums;
using DistributedFreeze.Training.Tails;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Replicas;

/// <summary>One replica in one phase: computes its shards, exchanges, applies.</summary>
/// <remarks>Belongs to one device thread.</remarks>
internal sealed class PhaseTrainer : IDisposable
{
    private readonly RunDefinition _run;
    private readonly PhaseSpec _spec;
    private readonly NetworkState _network;
    private readonly PhaseFeatures _features;
    private readonly ITail _tail;
    private readonly IFlatOptimizer _optimizer;
    private readonly GradientClip _clip;
    private readonly WeightAverage? _average;
    private readonly IShardSums _sums;
    private readonly BestWeights _best;
    private readonly Func<long, double>? _rateFactor;
    private readonly ReplicaStanding _standing;
    private ImmutableArray<int> _shards = [];
    private EpochStream? _stream;

    /// <param name="workspace">What the replicas of this process share.</param>
    /// <param name="index">The phase, from 0.</param>
    /// <param name="replicas">Number of replicas that the phase is predicted for.</param>
    /// <param name="network">The replica's network.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="standing">Where the network stands; kept up as it is trained.</param>
    public PhaseTrainer(RunWorkspace workspace, int index, int replicas, NetworkState network, Device device, ReplicaStanding standing)
    {
        Index = index;
        _run = workspace.Run;
        _standing = standing;
        _rateFactor = workspace.RateFactor;
        _spec = _run.Spec.Phases[index];
        _network = network;

        Layout = ParameterLayout.Of(_run, index);
        var forecast = workspace.Forecast.Of(index, replicas, device);
        Prediction = forecast.Prediction;
        network.Open(Layout, device);
        _best = new(State);
        var residency = workspace.Features.Residency;
        var onDevice = residency.StaysOn(device);
        _features = new(workspace.Features, network, index, forecast.Keeps, device);
        _tail = PhaseTails.Create(_run, index, network, device, residency);
        _optimizer = FlatOptimizers.Create(_spec.Optimizer, ParameterGroup.Of(Layout, _spec.Optimizer, _run.Table), device);
        _clip = new(_spec.ClipNorm, onDevice);
        _average = _spec.Ema is { } decay ? new(State.Parameters, decay) : null;
        var tree = new ShardTree(_run.Spec.Shards);
        _sums = onDevice ? new DeviceShardSums(tree, State) : new HostShardSums(tree, Layout.ExchangeLength);
    }

    /// <summary>The phase's number, from 0.</summary>
    public int Index { get; }

    /// <summary>What the phase was predicted to take; null where nothing was measured.</summary>
    public PhaseEstimate? Prediction { get; }

    public ParameterLayout Layout { get; }

    /// <summary>What a later step needs beside the weights: the optimizer's vectors, and the average's.</summary>
    public ImmutableArray<(string Name, Tensor Values)> OptimizerState => _average is null ? _optimizer.State : _optimizer.State.AddRange(_average.State);

    private TrainableState State => _network.Trainable!;

    /// <summary>SHA-256 over the state that trains.</summary>
    public string StateHash => CheckpointFile.HashOf(_network.TrainedTensors(), OptimizerState);

    /// <summary>SHA-256 over all that is broadcast.</summary>
    /// <param name="best">Whether the best epoch's copy is part of it.</param>
    public string HashWith(bool best) => CheckpointFile.HashOf(
        _network.TrainedTensors(), best ? OptimizerState.AddRange(_best.Vectors.Select(vector => ($"best.{vector.Name}", vector.Values))) : OptimizerState);

    /// <summary>The copy of the best epoch's weights; without vectors where there is none.</summary>
    public BestWeights Best => _best;

    /// <summary>Copies the weights where they are the best epoch's, and nobody will hold them later.</summary>
    /// <param name="told">Where the run stands, as it is told by whoever knows the best epoch.</param>
    /// <exception cref="ReplicaLostException">The best epoch's weights are neither held nor copied.</exception>
    public void KeepBest(RunProgress told)
    {
        if (_standing.MustCopy(told))
        {
            using (_average?.StandIn())
            {
                _best.Take();
            }

            _standing.Copied(told);
        }
    }

    /// <summary>Ends the phase with the best epoch's weights or else those that it has, averaged where an average is kept.</summary>
    /// <param name="withBest">Whether the best epoch's weights were copied and are needed.</param>
    /// <exception cref="ReplicaLostException">The copy is not what it was.</exception>
    public void End(bool withBest)
    {
        if (withBest)
        {
            _best.PutBack();
        }
        else
        {
            _average?.Become();
        }

        _average?.BeginFrom();
    }

    /// <summary>Takes other shards from the next step on.</summary>
    public void Compute(ImmutableArray<int> shards)
    {
        _shards = shards;
        EndStream();
    }

    /// <summary>The weights that gave the phase's features were damaged: none of them is kept.</summary>
    public void DiscardFeatures()
    {
        EndStream();
        _features.Discard();
    }

    /// <summary>The network's state is another's from here on.</summary>
    public void Interrupt() => EndStream();

    /// <summary>Takes part in a broadcast of all that a checkpoint holds.</summary>
    /// <param name="exchange">The replica's seat.</param>
    /// <param name="isRoot">Whether this replica sends.</param>
    /// <param name="takes">Whether it takes over what is sent.</param>
    /// <param name="withBest">Whether the best epoch's copy is among it.</param>
    /// <param name="cancellationToken">Breaks the exchange.</param>
    public void Broadcast(IStepExchange exchange, bool isRoot, bool takes, bool withBest, CancellationToken cancellationToken)
    {
        // In the order of the names, which are the same everywhere: what trains, what has trained in an earlier phase, the optimizer's.
        var earlier = ParameterLayout.OfEarlier(_run, Index);
        var received = takes ? earlier.Select(slot => empty(slot.Shape.AsSpan(), device: State.Parameters.device)).ToList() : [];
        var broadcast = new StateBroadcast(exchange, _sums.Host, _shards);
        List<Tensor> tensors =
            [State.Parameters, State.Statistics, .. takes ? received : earlier.Select(slot => _network[slot.Name]), .. OptimizerState.Select(vector => vector.Values)];
        List<Tensor> With(ImmutableArray<(string Name, Tensor Values)> best) => [.. tensors, .. best.Select(vector => vector.Values)];
        if (takes && withBest)
        {
            _best.Take(best => broadcast.Receive(With(best), cancellationToken));
        }
        else if (takes)
        {
            broadcast.Receive(tensors, cancellationToken);
        }
        else if (isRoot)
        {
            broadcast.Send(With(withBest ? _best.Vectors : []), cancellationToken);
        }
        else
        {
            broadcast.Watch(With(withBest ? _best.Vectors : []), cancellationToken);
        }

        foreach (var (slot, values) in earlier.Zip(received))
        {
            _network.Set(slot.Name, values);
        }
    }

    public WindowReport RunWindow(WindowOrder order, IStepExchange exchange, Func<bool> wantsStop, CancellationToken cancellationToken)
    {
        _standing.Begin(order);
        KeepBest(order.Progress);
        var stream = StreamAt(order.Epoch, order.FirstStep);
        var clock = new StepClock(stream.Features.ReadSeconds, stream.Features.PrefixSeconds);
        var (computed, read) = (stream.Features.Computed, stream.Features.Hits);
        var stopped = false;
        using var results = new WindowResults(order, _standing, State.Parameters.device);
        try
        {
            for (var step = order.FirstStep; step < order.FirstStep + order.Steps && !stopped; step++)
            {
                using var scope = NewDisposeScope();
                ComputeShards(stream, step, clock);
                var images = _run.Schedule.SamplesIn(step);
                var mean = _sums.AllReduce(exchange, images, wantsStop(), cancellationToken);
                clock.Exchanged(Stopwatch.GetTimestamp());

                RequireFinite(mean.Host is { } host ? host[ExchangeVector.Loss] : 0, order, step);
                results.Applying();
                Apply(mean, StepOfPhase(order.Epoch, step), order.Progress.RateReductions);
                clock.Applied(Stopwatch.GetTimestamp());

                stopped = mean.Stop;
                results.Add(mean, images, stream.Features.Computed - computed, stream.Features.Hits - read);
                _features.Settle(_shards.Length);
            }
        }
        finally
        {
            results.Read((loss, step) => RequireFinite(loss, order, step));
        }

        clock.Backwarded(Stopwatch.GetTimestamp()); // where results were on a device, that was waiting for its work
        return _standing.Since! with { Stopped = stopped, Times = clock.Times };
    }

    private void RequireFinite(float loss, WindowOrder order, int step)
    {
        if (!float.IsFinite(loss))
        {
            throw Divergence.Of("loss", loss, Index, $", epoch {order.Epoch + 1}, step {step + 1}", _spec);
        }
    }

    public EvaluationReport Evaluate(EvaluationSplit split, Func<bool> wantsStop)
    {
        var images = split == EvaluationSplit.Validation ? _run.Data.Validation : _run.Data.Test;
        ImmutableArray<ImmutableArray<LabelledImage>> parts =
            [.. _shards.Select(shard => images.Where(image => image.Index % _run.Spec.Shards == shard).ToImmutableArray())];

        using var average = _average?.StandIn();

        // One stream for all of them: blocks of images are then full, however few a shard has.
        using var stream = _features.Open([.. parts.SelectMany(part => part)], view: 0);
        var scores = ImmutableArray.CreateBuilder<ShardScore>(_shards.Length);
        foreach (var (shard, part) in _shards.Zip(parts))
        {
            if (wantsStop())
            {
                return new(scores.ToImmutable(), Stopped: true);
            }

            scores.Add(Score(stream, shard, part));
        }

        return new(scores.ToImmutable(), Stopped: false);
    }

    public void Dispose()
    {
        EndStream();
        _sums.Dispose();
        _tail.Dispose();
        _features.Dispose();
        _optimizer.Dispose();
        _clip.Dispose();
        _average?.Dispose();
        _best.Dispose();
    }

    private void ComputeShards(EpochStream stream, int step, StepClock clock)
    {
        _sums.Begin();
        _tail.BeginStep();
        clock.Begin(Stopwatch.GetTimestamp());
        for (var own = 0; own < _shards.Length; own++)
        {
            var images = stream.Images(step, own);
            if (images.IsEmpty)
            {
                _sums.PushEmpty(_shards[own]);
            }
            else
            {
                var forwarded = _tail.Train(stream.Features, stream.Epoch, images);
                clock.Forwarded(forwarded, stream.Features.ReadSeconds, stream.Features.PrefixSeconds);
                _sums.Push(_shards[own], _tail);
            }

            clock.Backwarded(Stopwatch.GetTimestamp());
        }

        _sums.Complete();
        clock.Backwarded(Stopwatch.GetTimestamp());
    }

    /// <summary>Scores images of any split as they are, one by one.</summary>
    /// <param name="images">The images.</param>
    /// <returns>The class that each of them is said to be of, and its loss.</returns>
    public (int[] Answers, double[] Losses) Score(ImmutableArray<LabelledImage> images)
    {
        using var stream = _features.Open(images, view: 0);
        return ScoreNext(stream, images);
    }

    private (int[] Answers, double[] Losses) ScoreNext(FeatureStream stream, ImmutableArray<LabelledImage> images)
    {
        var (answers, losses) = (new int[images.Length], new double[images.Length]);
        for (var start = 0; start < images.Length; start += _tail.BlockSize)
        {
            var count = Math.Min(_tail.BlockSize, images.Length - start);
            _tail.Score(stream, images.AsSpan(start, count), answers.AsSpan(start, count), losses.AsSpan(start, count));
        }

        return (answers, losses);
    }

    private ShardScore Score(FeatureStream stream, int shard, ImmutableArray<LabelledImage> images)
    {
        var (answers, losses) = ScoreNext(stream, images);

        // Block by block, as receipts have always had it: another order of addition would change their last digits.
        var lossSum = losses.Chunk(PrefixEngines.BlockSize).Sum(block => block.Sum());
        var counts = images.Select((image, i) => (image.Class, Answer: answers[i])).CountBy(pair => pair).OrderBy(pair => pair.Key)
            .Select(pair => new AnswerCount(pair.Key.Class, pair.Key.Answer, pair.Value)).ToImmutableArray();
        var correct = counts.Where(count => count.Class == count.Answer).Sum(count => (int)count.Images);
        return new(shard, images.Length, lossSum, correct) { Answers = counts };
    }

    /// <summary>Computes the gradients of the replica's shards in the first steps of the phase, as training would, and applies none.</summary>
    /// <param name="steps">How many steps, up to those of an epoch.</param>
    /// <param name="take">Told of each shard that has images.</param>
    /// <param name="cancellationToken">Stops between two shards.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public void Differentiate(int steps, ShardGradientTaker take, CancellationToken cancellationToken)
    {
        var stream = StreamAt(epoch: 0, step: 0);
        var gradient = new float[Layout.ExchangeLength];
        for (var step = 0; step < steps; step++)
        {
            _tail.BeginStep();
            for (var own = 0; own < _shards.Length; own++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                var images = stream.Images(step, own);
                if (!images.IsEmpty)
                {
                    _tail.Train(stream.Features, stream.Epoch, images);
                    _tail.Contribution.CopyTo(gradient);
                    take(step, _shards[own], images.Length, gradient.AsSpan(0, Layout.ParameterCount));
                }
            }
        }

        EndStream();
    }

    private void Apply(StepMean mean, long step, int reductions)
    {
        using var noGradient = no_grad();
        var (gradient, statistics) = State.Parts(mean.Vector);
        var factor = _rateFactor?.Invoke(step) ?? LearningRate.Factor(_spec.Schedule, step, _run.Schedule.StepsPerEpoch, _spec.Epochs, reductions);
        State.MergeStatistics(statistics, _run.Table.BatchNormMomentum);
        gradient = _clip.Of(gradient, mean.Host);
        _optimizer.Apply(State.Parameters, gradient, step, factor);
        _average?.Follow(step);
    }

    private long StepOfPhase(int epoch, int step) => (long)epoch * _run.Schedule.StepsPerEpoch + step;

    private void EndStream()
    {
        _stream?.Dispose();
        _stream = null;
    }

    /// <summary>The features of the epoch's images; goes on where the last window ended, or starts anew at another place.</summary>
    private EpochStream StreamAt(int epoch, int step)
    {
        var epochOfRun = _run.Spec.Phases.Take(Index).Sum(phase => phase.Epochs) + epoch;
        if (_stream is null || !_stream.GoesOnAt(epochOfRun, step))
        {
            EndStream();
            _stream = new(_run, _shards, epochOfRun, step, _features);
        }

        return _stream;
    }
}

/// <summary>Takes the gradient of one shard.</summary>
/// <param name="step">The step, from 0.</param>
/// <param name="shard">The shard, from 0.</param>
/// <param name="images">How many images it has in this step.</param>
/// <param name="gradient">Of the sum of their losses, by every trainable parameter; valid until the call returns.</param>
internal delegate void ShardGradientTaker(int step, int shard, int images, ReadOnlySpan<float> gradient);
