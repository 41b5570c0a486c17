using System.Globalization;
using DistributedFreeze.Data.Runs;
using DistributedFreeze.Errors;
using DistributedFreeze.Exchange;
using DistributedFreeze.Freezing.Planning;

namespace DistributedFreeze.Data.Memory;

/// <summary>Refuses runs whose vectors no array holds, however much memory there is.</summary>
internal static class VectorLimit
{
    /// <returns>What is wrong; null for nothing.</returns>
    public static Problem? Check(RunPlan plan)
    {
        long shard = Math.Max(FeatureShapes.BlockSize, plan.Spec.BatchSize / Math.Max(1, plan.Spec.Shards));
        var widest = plan.Phases[0].Head.Layers.Max(layer => (long)Math.Max(layer.InFeatures, layer.OutFeatures));

        // ParameterLayout, with the statistics that may move; DenseHead and DropoutMasks.
        var longest = plan.Phases.Max(phase => phase.Parameters.Trainable) + Freezing.Layers.LayerTable.For(plan.Spec.Model).Statistics + ExchangeVector.SumElements;
        return longest > Array.MaxLength ? Problem("model.head.hidden", $"makes {longest:N0} numbers train")
            : ByteCount.Times(shard, widest) > Array.MaxLength ? Problem("batch_size", $"makes a shard's activations {ByteCount.Times(shard, widest):N0} numbers")
            : null;
    }

    private static Problem Problem(string field, FormattableString what) => new(
        field, string.Create(CultureInfo.InvariantCulture, $"{what.ToString(CultureInfo.InvariantCulture)}, and no vector holds more than {Array.MaxLength:N0}; give less here"));
}
