using System.Collections.Immutable;
using DistributedFreeze.Training.Data;

namespace DistributedFreeze.Training.Replicas;

/// <summary>The images of one replica's shards in one epoch, in the order of its steps, and their features.</summary>
internal sealed class EpochStream : IDisposable
{
    private readonly RunWorkspace _workspace;
    private readonly ImmutableArray<int> _shards;
    private readonly Dictionary<int, ImmutableArray<int>> _orders;
    private int _nextStep;

    /// <param name="workspace">Gives the data set and its schedule.</param>
    /// <param name="shards">The replica's shards, ascending.</param>
    /// <param name="epoch">The epoch, counted over all phases.</param>
    /// <param name="firstStep">Where to start within the epoch.</param>
    /// <param name="features">Opens the features of the images that are left.</param>
    public EpochStream(
        RunWorkspace workspace, ImmutableArray<int> shards, int epoch, int firstStep, Func<IReadOnlyList<LabelledImage>, FeatureStream> features)
    {
        _workspace = workspace;
        _shards = shards;
        Epoch = epoch;
        _nextStep = firstStep;
        _orders = shards.ToDictionary(
            shard => shard,
            shard => ShardOrder.Epoch(workspace.Spec.Seed, epoch, shard, workspace.Spec.Shards, workspace.Data.Train.Length));
        Features = features([.. Enumerable.Range(firstStep, workspace.Schedule.StepsPerEpoch - firstStep)
            .SelectMany(step => shards.SelectMany(shard => ImagesOf(step, shard)))]);
    }

    /// <summary>The epoch, counted over all phases.</summary>
    public int Epoch { get; }

    /// <summary>Features in step order, within a step in shard order.</summary>
    public FeatureStream Features { get; }

    public bool GoesOnAt(int epoch, int step) => epoch == Epoch && step == _nextStep;

    /// <summary>The images of one shard in one step, to be followed by taking their features.</summary>
    public ImmutableArray<LabelledImage> Images(int step, int shard)
    {
        _nextStep = shard == _shards[^1] ? step + 1 : -1;
        return ImagesOf(step, shard);
    }

    public void Dispose() => Features.Dispose();

    private ImmutableArray<LabelledImage> ImagesOf(int step, int shard)
    {
        var images = ImmutableArray.CreateBuilder<LabelledImage>();
        foreach (var index in _workspace.Schedule.Images(_orders[shard].AsSpan(), step, shard))
        {
            images.Add(_workspace.Data.Train[index]);
        }

        return images.ToImmutable();
    }
}
