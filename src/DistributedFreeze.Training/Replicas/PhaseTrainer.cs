using System.Collections.Immutable;
using DistributedFreeze.Errors;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Data;
using DistributedFreeze.Training.Exchange;
using DistributedFreeze.Training.Features;
using DistributedFreeze.Training.Models;
using DistributedFreeze.Training.Steps;
using DistributedFreeze.Training.Tails;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Replicas;

/// <summary>One replica in one phase: computes its shards, exchanges, applies.</summary>
/// <remarks>Belongs to one device thread.</remarks>
internal sealed class PhaseTrainer : IDisposable
{
    private readonly RunWorkspace _workspace;
    private readonly PrepareOrder _order;
    private readonly PhaseSpec _spec;
    private readonly NetworkState _network;
    private readonly PhaseFeatures _features;
    private readonly ITail _tail;
    private readonly IFlatOptimizer _optimizer;
    private readonly PartialSums _sums;
    private EpochStream? _stream;

    public PhaseTrainer(RunWorkspace workspace, PrepareOrder order, int index, NetworkState network, Device device)
    {
        Index = index;
        _workspace = workspace;
        _order = order;
        _spec = workspace.Spec.Phases[index];
        _network = network;

        Layout = new(workspace.Table, workspace.Masks[index], workspace.Head.Tensors);
        var forecast = workspace.Forecast.Of(index, order.Members, device);
        Prediction = forecast.Prediction;
        network.Open(Layout, device);
        _features = new(workspace, network, index, forecast.Keeps, device);
        _tail = PhaseTails.Create(workspace, index, network, device);
        _optimizer = FlatOptimizers.Create(_spec.Optimizer, Layout.ParameterCount, device);
        _sums = new(new ShardTree(workspace.Spec.Shards), Layout.ExchangeLength);
    }

    /// <summary>The phase's number, from 0.</summary>
    public int Index { get; }

    /// <summary>What the phase was predicted to take; null where nothing was measured.</summary>
    public PhasePrediction? Prediction { get; }

    public ParameterLayout Layout { get; }

    public ImmutableArray<(string Name, Tensor Values)> OptimizerState => _optimizer.State;

    private TrainableState State => _network.Trainable!;

    public WindowReport RunWindow(WindowOrder order, IStepExchange exchange, Func<bool> wantsStop, CancellationToken cancellationToken)
    {
        var losses = ImmutableArray.CreateBuilder<float>(order.Steps);
        var correct = ImmutableArray.CreateBuilder<int>(order.Steps);
        var samples = ImmutableArray.CreateBuilder<int>(order.Steps);
        var stream = StreamAt(order.Epoch, order.FirstStep);
        var clock = new StepClock(stream.Features);
        var (computed, read) = (stream.Features.Computed, stream.Features.Hits);
        var stopped = false;
        for (var step = order.FirstStep; step < order.FirstStep + order.Steps && !stopped; step++)
        {
            using var scope = NewDisposeScope();
            ComputeShards(stream, step, clock);
            var images = _workspace.Schedule.SamplesIn(step);
            var total = exchange.Exchange(_sums, images, wantsStop(), cancellationToken);
            clock.Exchanged();

            CheckLoss(total.Values[ExchangeVector.Loss], order.Epoch, step);
            Apply(total.Values, StepOfPhase(order.Epoch, step));
            clock.Applied();

            losses.Add(total.Values[ExchangeVector.Loss]);
            correct.Add((int)total.Values[ExchangeVector.Correct]);
            samples.Add(images);
            stopped = total.Stop;
        }

        return new()
        {
            Losses = losses.ToImmutable(),
            Correct = correct.ToImmutable(),
            Samples = samples.ToImmutable(),
            Stopped = stopped,
            Times = clock.Times,
            FeaturesComputed = stream.Features.Computed - computed,
            FeaturesRead = stream.Features.Hits - read,
        };
    }

    public EvaluationReport Evaluate(EvaluationSplit split, Func<bool> wantsStop)
    {
        var images = split == EvaluationSplit.Validation ? _workspace.Data.Validation : _workspace.Data.Test;
        var scores = ImmutableArray.CreateBuilder<ShardScore>(_order.Shards.Length);
        foreach (var shard in _order.Shards)
        {
            if (wantsStop())
            {
                return new(scores.ToImmutable(), Stopped: true);
            }

            scores.Add(Score(shard, [.. images.Where(image => image.Index % _workspace.Spec.Shards == shard)]));
        }

        return new(scores.ToImmutable(), Stopped: false);
    }

    public void Dispose()
    {
        _stream?.Dispose();
        _tail.Dispose();
        _features.Dispose();
        _optimizer.Dispose();
    }

    private void ComputeShards(EpochStream stream, int step, StepClock clock)
    {
        _sums.Reset();
        clock.Begin();
        for (var own = 0; own < _order.Shards.Length; own++)
        {
            var images = stream.Images(step, own);
            if (images.IsEmpty)
            {
                _sums.PushEmpty(_order.Shards[own]);
                continue;
            }

            _tail.Train(stream.Features, stream.Epoch, images);
            _sums.Push(_order.Shards[own], _tail.Contribution);
        }

        clock.Computed();
    }

    private ShardScore Score(int shard, ImmutableArray<LabelledImage> images)
    {
        using var stream = _features.Open(images, view: 0);
        var (lossSum, correct) = (0.0, 0);
        for (var start = 0; start < images.Length; start += FeatureBlock.Size)
        {
            var score = _tail.Score(stream, images.AsSpan(start, Math.Min(FeatureBlock.Size, images.Length - start)));
            lossSum += score.LossSum;
            correct += score.Correct;
        }

        return new(shard, images.Length, lossSum, correct);
    }

    private void Apply(float[] total, long step)
    {
        using var noGradient = no_grad();
        var (gradient, statistics) = State.Accept(total);
        var factor = LearningRate.Factor(_spec.Schedule, step, _workspace.Schedule.StepsPerEpoch, _spec.Epochs);
        var tailRate = _spec.Optimizer.LearningRate * factor;
        var headRate = (_spec.Optimizer.HeadLearningRate ?? _spec.Optimizer.LearningRate) * factor;
        State.MergeStatistics(statistics, _workspace.Table.BatchNormMomentum);
        _optimizer.Apply(State.Parameters, gradient, step, tailRate, headRate, Layout.HeadOffset);
    }

    private void CheckLoss(float loss, int epoch, int step)
    {
        if (!float.IsFinite(loss))
        {
            throw new RunFailedException(
                $"The loss became {loss} in phase {Index + 1}, epoch {epoch + 1}, step {step + 1}. Training diverged: lower "
                + $"phases[{Index}].optimizer.learning_rate ({_spec.Optimizer.LearningRate}), or warm up.");
        }
    }

    private long StepOfPhase(int epoch, int step) => (long)epoch * _workspace.Schedule.StepsPerEpoch + step;

    /// <summary>The features of the epoch's images; goes on where the last window ended, or starts anew at another place.</summary>
    private EpochStream StreamAt(int epoch, int step)
    {
        var epochOfRun = _workspace.Spec.Phases.Take(Index).Sum(phase => phase.Epochs) + epoch;
        if (_stream is null || !_stream.GoesOnAt(epochOfRun, step))
        {
            _stream?.Dispose();
            _stream = new(_workspace, _order.Shards, epochOfRun, step, _features);
        }

        return _stream;
    }
}
