using System.Diagnostics;
using DistributedFreeze.Data;
using DistributedFreeze.Data.Runs;
using DistributedFreeze.Exchange;
using DistributedFreeze.Training.Features;
using DistributedFreeze.Training.Heads;
using DistributedFreeze.Training.Steps;

namespace DistributedFreeze.Training.Tails;

/// <summary>The head alone, on the processor, in plain loops.</summary>
internal sealed class HeadOnlyTrainer : ITail
{
    private readonly RunDefinition _run;
    private readonly TrainableState _state;
    private readonly DenseHead _head;
    private readonly DropoutMasks? _dropout;
    private readonly IMixup? _mixup;
    private readonly int[] _labels;
    private readonly float[] _delta;
    private readonly VectorContribution _vector;

    public HeadOnlyTrainer(RunDefinition run, TrainableState state)
    {
        var capacity = Math.Max(run.Schedule.ShardBatchSize, FeatureBlock.Size);
        _run = run;
        _state = state;
        _head = new(run.Head, state.Layout, capacity);
        _dropout = DropoutMasks.For(run.Spec, capacity);
        _mixup = ShardMixup.For(run, capacity);
        _labels = new int[capacity];
        _delta = new float[_head.Classes];
        _vector = new(new float[state.Layout.ExchangeLength]);
    }

    public IShardContribution Contribution => _vector;

    public long Train(IFeatureSource features, int epoch, ReadOnlySpan<int> images)
    {
        features.Take(images.Length, _head.Features);
        for (var i = 0; i < images.Length; i++)
        {
            _labels[i] = _run.Data.Train[images[i]].Class;
        }

        _mixup?.Draw(epoch, images);
        if (_mixup is ShardMixup mixup)
        {
            mixup.Mix(_head.Features[..(images.Length * _run.Table.PooledFeatures)]);
        }

        var factors = _dropout?.Draw(epoch, images);
        var parameters = _state.HostParameters;
        var vector = _vector.Values;
        vector.Clear();
        _head.Forward(parameters, images.Length, factors);
        var forwarded = Stopwatch.GetTimestamp();
        var (loss, correct) = _head.Backward(
            parameters, _labels.AsSpan(0, images.Length), factors, vector[..parameters.Length], _run.ClassFactors, _run.Spec.LabelSmoothing,
            _mixup is null ? [] : _mixup.Labels, _mixup is null ? [] : _mixup.Shares);
        vector[ExchangeVector.Loss] = loss;
        vector[ExchangeVector.Correct] = correct;
        return forwarded;
    }

    public void Score(IFeatureSource features, ReadOnlySpan<LabelledImage> images, Span<int> answers, Span<double> losses)
    {
        features.Take(images.Length, _head.Features);
        _head.Forward(_state.HostParameters, images.Length, dropout: null);
        for (var i = 0; i < images.Length; i++)
        {
            losses[i] = _head.CrossEntropy(i, images[i].Class, _delta);
            answers[i] = _head.Answer(i);
        }
    }

    public void Dispose()
    {
        // Nothing outside managed memory.
    }
}
