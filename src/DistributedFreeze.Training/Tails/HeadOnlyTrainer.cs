using System.Diagnostics;
using DistributedFreeze.Data;
using DistributedFreeze.Data.Runs;
using DistributedFreeze.Exchange;
using DistributedFreeze.Training.Features;
using DistributedFreeze.Training.Features.Engines;
using DistributedFreeze.Training.Heads;
using DistributedFreeze.Training.Steps;

namespace DistributedFreeze.Training.Tails;

/// <summary>The head alone, on the processor, in plain loops.</summary>
internal sealed class HeadOnlyTrainer : ITail
{
    private readonly RunDefinition _run;
    private readonly TrainableState _state;
    private readonly DenseHead _scoring;
    private readonly List<ShardGradient> _shards = [];
    private readonly FeatureAugmentation? _augmentation;
    private readonly DropoutMasks? _dropout;
    private readonly IMixup? _mixup;
    private readonly int[] _labels;
    private readonly float[] _delta;
    private int _trained;

    public HeadOnlyTrainer(RunDefinition run, TrainableState state)
    {
        var capacity = run.Schedule.ShardBatchSize;
        _run = run;
        _state = state;
        _scoring = new(run.Head, state.Layout, BlockSize);
        _augmentation = FeatureAugmentation.For(run.Spec, run.Table.PooledFeatures);
        _dropout = DropoutMasks.For(run.Spec, capacity);
        _mixup = ShardMixup.For(run, capacity);
        _labels = new int[capacity];
        _delta = new float[_scoring.Classes];
    }

    public IShardContribution Contribution => _shards[_trained - 1];

    public int BlockSize => PrefixEngines.BlockSize;

    public void BeginStep() => _trained = 0;

    public long Train(IFeatureSource features, int epoch, ReadOnlySpan<int> images)
    {
        var shard = Next();
        var head = shard.Head;
        features.Take(images.Length, head.Features);
        for (var i = 0; i < images.Length; i++)
        {
            _labels[i] = _run.Data.Train[images[i]].Class;
        }

        var taken = head.Features[..(images.Length * _run.Table.PooledFeatures)];
        _augmentation?.Apply(epoch, images, taken);
        _mixup?.Draw(epoch, images);
        if (_mixup is ShardMixup mixup)
        {
            mixup.Mix(taken);
        }

        var factors = _dropout?.Draw(epoch, images);
        var parameters = _state.HostParameters;
        head.Forward(parameters, images.Length, factors);
        var forwarded = Stopwatch.GetTimestamp();
        var (loss, correct) = head.Backward(
            parameters, _labels.AsSpan(0, images.Length), factors, _run.ClassFactors, _run.Spec.LabelSmoothing,
            _mixup is null ? [] : _mixup.Labels, _mixup is null ? [] : _mixup.Shares);
        shard.Take(loss, correct);
        return forwarded;
    }

    public void Score(IFeatureSource features, ReadOnlySpan<LabelledImage> images, Span<int> answers, Span<double> losses)
    {
        features.Take(images.Length, _scoring.Features);
        _scoring.Forward(_state.HostParameters, images.Length, dropout: null);
        for (var i = 0; i < images.Length; i++)
        {
            losses[i] = _scoring.CrossEntropy(i, images[i].Class, _delta);
            answers[i] = _scoring.Answer(i);
        }
    }

    public void Dispose()
    {
        // Nothing outside managed memory.
    }

    /// <summary>Room for the next shard of the step: each keeps its images until the step's gradient is added.</summary>
    private ShardGradient Next()
    {
        if (_trained == _shards.Count)
        {
            _shards.Add(new(new(_run.Head, _state.Layout, _run.Schedule.ShardBatchSize)));
        }

        return _shards[_trained++];
    }
}
