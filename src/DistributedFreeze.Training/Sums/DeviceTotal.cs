using System.Runtime.InteropServices;
using DistributedFreeze.Errors;
using DistributedFreeze.Exchange;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Sums;

/// <summary>The total over the replicas of one process, whose sums stay on their devices: each adds a slice of the vector, and copies the others' slices.</summary>
/// <remarks>
/// Nothing goes through host memory, and nobody waits for a device. A copy between two GPUs is queued on both, behind what either was given before and ahead of
/// what it is given after (ATen's <c>copy_</c>), so it is enough that the members wait for one another until a copy is queued. That holds as long as every thread
/// uses its device's default stream. The additions and their order are those of host memory, and so are the bits. Belongs to one device thread.
/// </remarks>
/// <param name="tree">The run's tree.</param>
/// <param name="device">The replica's.</param>
/// <param name="length">Elements of a vector.</param>
internal sealed class DeviceTotal(ShardTree tree, Device device, int length)
{
    /// <summary>Takes part in a step.</summary>
    /// <param name="exchange">The replica's seat.</param>
    /// <param name="sums">What it brings; it is given up.</param>
    /// <param name="images">Images in the step, a tensor of one element on the device.</param>
    /// <param name="wantsStop">Whether this replica was asked to stop.</param>
    /// <param name="cancellationToken">Breaks the step for every replica.</param>
    /// <exception cref="ExchangeBrokenException">A replica left, or the step was cancelled, or a shard is missing or was brought twice.</exception>
    public StepMean Of(IProcessExchange exchange, DeviceSums sums, Tensor images, bool wantsStop, CancellationToken cancellationToken)
    {
        Tensor? total = null;
        var stop = exchange.AllReduce<DeviceSums, Tensor>(
            length,
            sums,
            add: brought => Slice(brought, exchange.Member, images),
            take: slices => total = Join(slices, exchange.Member),
            wantsStop,
            cancellationToken);
        return new(total!, null, stop);
    }

    private Tensor Slice(IReadOnlyList<DeviceSums> brought, int member, Tensor images)
    {
        var (first, end) = Bounds(member, brought.Count);
        var slice = Sum(tree.Root, Places(brought), first, end - first) ?? zeros(end - first, device: device);
        var means = Math.Clamp(length - ExchangeVector.SumElements, first, end) - first;
        if (means > 0)
        {
            using var part = slice.narrow(0, 0, means);
            part.div_(images);
        }

        return slice.DetachFromDisposeScope();
    }

    /// <summary>Each begins with its own slice, so that not all of them ask the same device at once.</summary>
    private Tensor Join(IReadOnlyList<Tensor> slices, int own)
    {
        var total = empty(length, device: device);
        for (var i = 0; i < slices.Count; i++)
        {
            var member = (own + i) % slices.Count;
            var (first, end) = Bounds(member, slices.Count);
            using var place = total.narrow(0, first, end - first);
            Copy(slices[member], place);
        }

        return total;
    }

    private (int First, int End) Bounds(int member, int members) =>
        ((int)((long)length * member / members), (int)((long)length * (member + 1) / members));

    private Dictionary<ShardNode, Tensor?> Places(IReadOnlyList<DeviceSums> brought)
    {
        var places = new Dictionary<ShardNode, Tensor?>();
        var next = 0;
        foreach (var (node, values) in brought.SelectMany(sums => sums.Nodes).OrderBy(sum => sum.Node.First))
        {
            if (node.First < next)
            {
                throw new ExchangeBrokenException($"Shard {node.First} was brought by two replicas.");
            }

            RequireNone(next, node.First);
            places.Add(node, values);
            next = node.First + node.Count;
        }

        RequireNone(next, tree.Root.Count);
        return places;
    }

    private static void RequireNone(int missing, int next)
    {
        if (missing < next)
        {
            throw new ExchangeBrokenException($"Shard {missing} was brought by no replica.");
        }
    }

    /// <summary>Adds a slice of what lies under a node. It may be added onto what a member has brought, which nobody else reads there.</summary>
    private Tensor? Sum(ShardNode node, Dictionary<ShardNode, Tensor?> places, int first, int count)
    {
        if (places.TryGetValue(node, out var values))
        {
            return values is null ? null : Here(values.narrow(0, first, count));
        }

        var (left, right) = node.Halves();
        return DeviceSum.Add(Sum(left, places, first, count), Sum(right, places, first, count));
    }

    /// <summary>A part of what a member has brought, itself or its copy.</summary>
    private Tensor Here(Tensor part)
    {
        if (part.device_type == device.type && part.device_index == device.index)
        {
            return part;
        }

        using (part)
        {
            var copy = empty(part.shape, device: device); // where there is no memory for it, that is this device's own fault
            Copy(part, copy);
            return copy;
        }
    }

    /// <exception cref="ExchangeBrokenException">It failed: of the two devices one is broken, and will say so when it is asked.</exception>
    private static void Copy(Tensor from, Tensor to)
    {
        try
        {
            to.copy_(from);
        }
        catch (ExternalException failed)
        {
            throw new ExchangeBrokenException($"A copy from {from.device} to {to.device} failed: {failed.Message}", failed);
        }
    }
}
