using System.Collections.Immutable;
using System.Numerics.Tensors;
using DistributedFreeze.Advice;
using DistributedFreeze.Data;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Replicas;
using DistributedFreeze.Training.Steps;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Advice;

/// <summary>Which block wants to move: trains the head, then computes one gradient of everything for each shard of some training images.</summary>
/// <remarks>Nothing but the head trains, and no file is written. The result does not depend on the number of replicas.</remarks>
/// <param name="home">Images, weights and cache.</param>
/// <param name="data">The images.</param>
/// <param name="blocks">The base's.</param>
/// <param name="device">Where to compute.</param>
internal sealed class GradientProbe(RunWorkspace home, DataSet data, Blocks blocks, Device device)
{
    /// <summary>More training images than about this many hardly change the order of the blocks.</summary>
    public const int MostImages = 256;

    /// <summary>The run that the gradients are taken from: the head's own phase, then one in which everything trains.</summary>
    /// <param name="head">The candidate in which the head alone trains.</param>
    public static RunSpec SpecOf(Candidate head)
    {
        var phase = head.Spec.Phases[0];
        return Trial.Short(head.Spec with
        {
            Phases =
            [
                phase,
                phase with { Freeze = new FreezePolicy.All(), Epochs = 1, BatchNorm = BatchNormMode.Inference, Optimizer = phase.Optimizer with { Rates = NamedNumbers.None } },
            ],
        });
    }

    /// <summary>Computes the gradients.</summary>
    /// <param name="spec">That of <see cref="SpecOf"/>.</param>
    /// <param name="replicas">Replicas, 1 up to the run's shards; they change nothing but the time.</param>
    /// <param name="done">Told how many images are done, and of how many, one call after another.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    /// <returns>Each block, the stem first.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="RunFailedException">The head's loss is no number.</exception>
    public ImmutableArray<BlockGradient> Run(RunSpec spec, int replicas, Action<int, int> done, CancellationToken cancellationToken)
    {
        var lent = home.Lend(spec, data);
        var schedule = lent.Run.Schedule;
        using var run = new ShortRun(lent, device, replicas);
        var steps = Math.Min(schedule.StepsPerEpoch, (MostImages + spec.BatchSize - 1) / spec.BatchSize);
        var all = Enumerable.Range(0, steps).Sum(schedule.SamplesIn);
        var ratios = new double[steps * spec.Shards][];
        ImmutableArray<(int Start, int Length)[]> places = [];
        double[] norms = [];
        var told = 0;
        var telling = new Lock();
        run.Differentiate(steps, Begin, Take, cancellationToken);

        // In the order of steps and shards, whoever computed them: a sum in another order has other last digits.
        ImmutableArray<double[]> shards = [.. ratios.OfType<double[]>()];
        return [.. blocks.Layers.Select((layer, block) => new BlockGradient(
            layer.Name, places[block].Sum(place => (long)place.Length), shards.Average(shard => shard[block])))];

        void Begin(ParameterLayout layout, float[] values)
        {
            places = PlacesOf(layout);
            norms = [.. places.Select(block => Norm(values, block))];
        }

        void Take(int step, int shard, int images, ReadOnlySpan<float> gradient)
        {
            var ratio = new double[places.Length];
            for (var block = 0; block < ratio.Length; block++)
            {
                ratio[block] = norms[block] > 0 ? Norm(gradient, places[block]) / images / norms[block] : 0;
            }

            ratios[(step * spec.Shards) + shard] = ratio;
            lock (telling)
            {
                done(told += images, all);
            }
        }
    }

    /// <summary>Where each block's parameters lie.</summary>
    private ImmutableArray<(int Start, int Length)[]> PlacesOf(ParameterLayout layout)
    {
        var blockOf = new Dictionary<string, int>(StringComparer.Ordinal);
        var block = 0;
        foreach (var layer in home.Run.Table.Layers)
        {
            blockOf.Add(layer.Name, block);
            block += layer.Name == blocks.Layers[block].Name ? 1 : 0;
        }

        var slots = layout.Parameters.Where(slot => slot.Offset < layout.HeadOffset).ToLookup(slot => blockOf[slot.Name[..slot.Name.LastIndexOf('.')]], slot => (slot.Offset, slot.Length));
        return [.. Enumerable.Range(0, blocks.Layers.Length).Select(i => slots[i].ToArray())];
    }

    private static double Norm(ReadOnlySpan<float> values, (int Start, int Length)[] places)
    {
        var sum = 0.0;
        foreach (var (start, length) in places)
        {
            sum += TensorPrimitives.SumOfSquares(values.Slice(start, length));
        }

        return Math.Sqrt(sum);
    }
}
