using System.Collections.Immutable;
using DistributedFreeze.Coordination.Positions;
using DistributedFreeze.Data;
using DistributedFreeze.Data.Augmentation;
using DistributedFreeze.Data.Runs;
using DistributedFreeze.Training.Features;

namespace DistributedFreeze.Training.Replicas;

/// <summary>The images of one replica's shards in one epoch, in the order of its steps, and their features.</summary>
internal sealed class EpochStream : IDisposable
{
    private readonly EpochSchedule _schedule;
    private readonly ImmutableArray<int> _shards;
    private readonly ImmutableArray<ImmutableArray<int>> _orders;
    private int _nextStep;

    /// <param name="run">Gives the data set and its schedule.</param>
    /// <param name="shards">The replica's shards, ascending.</param>
    /// <param name="epoch">The epoch, counted over all phases.</param>
    /// <param name="firstStep">Where to start within the epoch.</param>
    /// <param name="features">Gives the features of the images that are left.</param>
    public EpochStream(RunDefinition run, ImmutableArray<int> shards, int epoch, int firstStep, PhaseFeatures features)
    {
        _schedule = run.Schedule;
        _shards = shards;
        Epoch = epoch;
        _nextStep = firstStep;
        _orders = [.. shards.Select(shard => run.ImagesOf(epoch, shard))];
        Features = features.Open(Images(run, firstStep), EpochViews.ViewOfEpoch(run.Spec.Data.Augmentation, epoch));
    }

    /// <summary>The epoch, counted over all phases.</summary>
    public int Epoch { get; }

    /// <summary>Features in step order, within a step in shard order.</summary>
    public FeatureStream Features { get; }

    public bool GoesOnAt(int epoch, int step) => epoch == Epoch && step == _nextStep;

    /// <summary>Indices of the images of one of the replica's shards in one step, to be followed by taking their features.</summary>
    /// <param name="step">The step within the epoch.</param>
    /// <param name="own">Which of the replica's shards, from 0.</param>
    public ReadOnlySpan<int> Images(int step, int own)
    {
        _nextStep = own == _shards.Length - 1 ? step + 1 : -1;
        return _schedule.Images(_orders[own].AsSpan(), step, _shards[own]);
    }

    public void Dispose() => Features.Dispose();

    private List<LabelledImage> Images(RunDefinition run, int firstStep)
    {
        var images = new List<LabelledImage>();
        for (var step = firstStep; step < _schedule.StepsPerEpoch; step++)
        {
            for (var own = 0; own < _shards.Length; own++)
            {
                foreach (var index in _schedule.Images(_orders[own].AsSpan(), step, _shards[own]))
                {
                    images.Add(run.Data.Train[index]);
                }
            }
        }

        return images;
    }
}
