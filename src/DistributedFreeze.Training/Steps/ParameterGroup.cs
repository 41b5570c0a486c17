using System.Collections.Immutable;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Policies;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Steps;

/// <summary>A stretch of the flat parameters that learns at one rate and decays or does not.</summary>
/// <param name="Start">Its first element.</param>
/// <param name="Length">Number of its elements.</param>
/// <param name="Rate">Its peak learning rate.</param>
/// <param name="Decays">Whether weight decay is for it.</param>
internal sealed record ParameterGroup(int Start, int Length, double Rate, bool Decays)
{
    /// <summary>The groups of a phase: as few as there can be, in order, over all parameters.</summary>
    /// <param name="layout">What trains.</param>
    /// <param name="optimizer">How.</param>
    /// <param name="table">The base's layers.</param>
    public static ImmutableArray<ParameterGroup> Of(ParameterLayout layout, OptimizerSpec optimizer, LayerTable table)
    {
        var rates = new LayerRates(optimizer, table);
        var groups = new List<ParameterGroup>();
        foreach (var slot in layout.Parameters)
        {
            var group = new ParameterGroup(
                slot.Offset,
                slot.Length,
                slot.Offset < layout.HeadOffset ? optimizer.LearningRate * rates.Of(LayerOf(slot)) : optimizer.HeadLearningRate ?? optimizer.LearningRate,
                optimizer.WeightDecay > 0 && (optimizer.WeightDecayOn == DecayedParameters.All || IsWeight(slot)));
            if (groups is [.., var last] && (last.Rate, last.Decays) == (group.Rate, group.Decays))
            {
                groups[^1] = last with { Length = last.Length + group.Length };
            }
            else
            {
                groups.Add(group);
            }
        }

        return [.. groups];
    }

    /// <summary>A tensor is named after its layer: <c>conv5_block3_1_conv.weight</c>.</summary>
    private static string LayerOf(FlatSlot slot) => slot.Name[..slot.Name.LastIndexOf('.')];

    /// <summary>Biases, scales and shifts are vectors; what multiplies activations is not.</summary>
    private static bool IsWeight(FlatSlot slot) => slot.Shape.Length > 1;
}
