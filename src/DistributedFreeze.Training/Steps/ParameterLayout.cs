using System.Collections.Immutable;
using DistributedFreeze.Data.Runs;
using DistributedFreeze.Exchange;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Masks;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Steps;

/// <summary>Which trainable tensor lives where in the flat vectors of a phase: open layers in table order, then the head.</summary>
/// <remarks>
/// A frozen tensor has no place here, so nothing that walks the vectors (gradient, optimizer, exchange, checkpoint) can reach one.
/// Immutable and thread-safe.
/// </remarks>
internal sealed class ParameterLayout
{
    /// <param name="table">The layer table.</param>
    /// <param name="mask">Which layers are open.</param>
    /// <param name="head">The head's tensors.</param>
    /// <param name="batchNorm">In inference mode the running statistics of open layers are constants, too, and have no place.</param>
    public ParameterLayout(LayerTable table, FreezeMask mask, IEnumerable<TensorSpec> head, BatchNormMode batchNorm)
    {
        var open = table.Layers.Where(layer => mask.Trainable[layer.Index]).SelectMany(layer => layer.Tensors).ToList();
        var offset = 0;
        ImmutableArray<FlatSlot> tail = [.. open.Where(tensor => !tensor.IsStatistic).Select(Place)];
        HeadOffset = offset;
        Parameters = [.. tail, .. head.Select(Place)];
        ParameterCount = offset;

        offset = 0;
        Statistics = [.. open.Where(tensor => tensor.IsStatistic && batchNorm == BatchNormMode.Train).Select(Place)];
        StatisticCount = offset;

        FlatSlot Place(TensorSpec tensor)
        {
            var slot = new FlatSlot(tensor.Name, tensor.Shape, offset, checked((int)tensor.Elements));
            offset = checked(offset + slot.Length);
            return slot;
        }
    }

    /// <summary>That of a phase.</summary>
    /// <param name="run">The run.</param>
    /// <param name="phase">The phase, from 0.</param>
    internal static ParameterLayout Of(RunDefinition run, int phase) => new(run.Table, run.Masks[phase], run.Head.Tensors, run.Spec.Phases[phase].BatchNorm);

    /// <summary>What earlier phases trained and a phase keeps as it is, by name; the places are those of the phases that trained it.</summary>
    /// <param name="run">The run.</param>
    /// <param name="phase">The phase, from 0.</param>
    internal static ImmutableArray<FlatSlot> OfEarlier(RunDefinition run, int phase)
    {
        var own = Of(run, phase);
        HashSet<string> trains = [.. own.Parameters.Concat(own.Statistics).Select(slot => slot.Name)];
        return
        [
            .. Enumerable.Range(0, phase).Select(earlier => Of(run, earlier)).SelectMany(layout => layout.Parameters.Concat(layout.Statistics))
                .DistinctBy(slot => slot.Name).Where(slot => !trains.Contains(slot.Name)).OrderBy(slot => slot.Name, StringComparer.Ordinal),
        ];
    }

    /// <summary>The trainable parameters, in the order of the flat vector.</summary>
    public ImmutableArray<FlatSlot> Parameters { get; }

    /// <summary>The running statistics of the open batch norms, where these train on their shard's; else empty.</summary>
    public ImmutableArray<FlatSlot> Statistics { get; }

    /// <summary>Elements of <see cref="Parameters"/>.</summary>
    public int ParameterCount { get; }

    /// <summary>Elements of <see cref="Statistics"/>.</summary>
    public int StatisticCount { get; }

    /// <summary>Where the head's parameters begin; they reach to the end.</summary>
    public int HeadOffset { get; }

    /// <summary>Elements of the vector that a step exchanges.</summary>
    public int ExchangeLength => checked(ParameterCount + StatisticCount + ExchangeVector.SumElements);
}
