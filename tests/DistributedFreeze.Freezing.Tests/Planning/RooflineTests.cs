using System.Globalization;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Planning;
using DistributedFreeze.Freezing.Policies;
using DistributedFreeze.Freezing.Tests.Facts;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Tests.Planning;

public sealed class RooflineTests
{
    [Fact]
    public void Plans_agree_with_the_roofline_to_its_six_digits()
    {
        var rows = CsvRow.Read("freeze_roofline.csv");

        Assert.Equal(28, rows.Count);
        Assert.All(rows, row =>
        {
            var plan = PlanOf(row);
            AssertSixDigits(row["fwd_prefix_GF"], 2e-9 * plan.PrefixMultiplyAdds);
            AssertSixDigits(row["fwd_tail_GF"], 2e-9 * plan.TailMultiplyAdds);
            Assert.Equal(row.Whole("trainable_params_with_bn_affine"), plan.Parameters.Trainable);
            Assert.Equal(row.Whole("allreduce_fp32_bytes_per_step"), plan.AllReduceBytes);

            // With everything open the roofline reads images, a plan the padded image just before the first convolution.
            if (row["trainable"] != "everything")
            {
                Assert.Equal(row.Whole("boundary_elems"), plan.FeatureElements);
                Assert.Equal(row.Whole("boundary_fp32_bytes"), plan.FeatureBytes);
                Assert.Equal(row["boundary"].Replace("GAP(conv5_block3_out)", "avg_pool", StringComparison.Ordinal), plan.Boundary.Name);
            }
        });
    }

    private static PhasePlan PlanOf(CsvRow row)
    {
        var keras = row["variant"].StartsWith("keras", StringComparison.Ordinal);
        var table = LayerTable.For(keras ? NetworkGraph.KerasV1 : NetworkGraph.TorchvisionV15);
        var hidden = row["head"].Contains("Dense256", StringComparison.Ordinal);
        var mask = FreezePolicyResolver.Resolve(PolicyOf(row["trainable"]), table, "freeze");
        return PhasePlan.Create(table, mask, new() { Hidden = hidden ? [256] : [] }, classes: 4, imageSize: 224);
    }

    // "conv5 + head (last 32)"
    private static FreezePolicy PolicyOf(string trainable) => trainable switch
    {
        "head only" => new FreezePolicy.None(),
        "everything" => new FreezePolicy.All(),
        _ => new FreezePolicy.LastLayers(int.Parse(trainable.Split("(last ")[1].TrimEnd(')'), CultureInfo.InvariantCulture)),
    };

    private static void AssertSixDigits(string expected, double actual) =>
        Assert.Equal(double.Parse(expected, CultureInfo.InvariantCulture), actual, tolerance: 5.1e-6 * Math.Max(1e-5, actual));
}
