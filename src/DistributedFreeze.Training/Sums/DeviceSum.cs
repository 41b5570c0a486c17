using DistributedFreeze.Exchange;
using DistributedFreeze.Training.Native;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Sums;

/// <summary>The sum over one node of the shard tree, on the device that has added it up.</summary>
/// <param name="Node">The node.</param>
/// <param name="Values">The sum; null where none of the node's shards has an image in this step.</param>
internal readonly record struct DeviceSum(ShardNode Node, Tensor? Values)
{
    /// <summary>Adds two halves of one node, onto the left one.</summary>
    /// <returns>The sum, which one of the two has become; null where neither half has an image.</returns>
    public static Tensor? Add(Tensor? left, Tensor? right)
    {
        if (left is null || right is null)
        {
            return left ?? right;
        }

        left.AddScaled(right, 1);
        right.Dispose();
        return left;
    }
}
