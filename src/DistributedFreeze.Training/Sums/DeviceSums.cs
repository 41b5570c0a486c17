namespace DistributedFreeze.Training.Sums;

/// <summary>What one replica brings to a step: the sums over the largest whole subtrees of shards that it holds, on its device, of which no dispose scope takes care.</summary>
/// <param name="nodes">The sums; they become this object's.</param>
internal sealed class DeviceSums(IReadOnlyList<DeviceSum> nodes) : IDisposable
{
    /// <summary>The sums, in shard order.</summary>
    public IReadOnlyList<DeviceSum> Nodes => nodes;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var node in nodes)
        {
            node.Values?.Dispose();
        }
    }
}
