using System.Collections.Immutable;
using DistributedFreeze.Freezing.Masks;
using DistributedFreeze.Freezing.Planning;
using DistributedFreeze.Freezing.Tests.Masks;

namespace DistributedFreeze.Freezing.Tests.Planning;

public sealed class PlanWarningTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(32)]
    [InlineData(172)]
    [InlineData(175)]
    public void A_mask_that_wastes_nothing_is_not_warned_about(int count) => Assert.Empty(WarningsOf(MaskOf.Last(count)));

    [Fact]
    public void Layers_without_parameters_are_said_to_train_nothing() =>
        Assert.Equal(
            "The freeze policy opens conv5_block3_add and conv5_block3_out, which have no parameters, so only the head trains.",
            Assert.Single(WarningsOf(MaskOf.Last(2))));

    [Fact]
    public void One_layer_without_parameters_is_said_to_train_nothing() =>
        Assert.Equal(
            "The freeze policy opens conv5_block3_out, which has no parameters, so only the head trains.",
            Assert.Single(WarningsOf(MaskOf.Last(1))));

    [Fact]
    public void A_mask_that_opens_only_batch_norms_says_so() =>
        Assert.Equal(
            "The freeze policy opens no convolution: of the base only the batch norm conv5_block3_3_bn trains.",
            WarningsOf(MaskOf.Last(3))[0]);

    [Fact]
    public void Many_batch_norms_are_named_in_short() =>
        Assert.Equal(
            "The freeze policy opens no convolution: of the base only the batch norms conv1_bn, conv2_block1_1_bn, conv2_block1_2_bn "
            + "and 50 more up to conv5_block3_3_bn train.",
            Assert.Single(WarningsOf(MaskOf.Named("*_bn"))));

    [Fact]
    public void A_start_inside_a_block_names_what_is_recomputed_and_better_counts() =>
        Assert.Equal(
            "The first open layer, conv5_block1_3_conv, lies inside conv5_block1, so features end at conv4_block6_out and the frozen "
            + "layers conv5_block1_1_conv, conv5_block1_1_bn, conv5_block1_2_conv, conv5_block1_2_bn and conv5_block1_0_conv are "
            + "computed again at every step; `phases[0].unfreeze_layers: 20` or 32 would avoid that.",
            Assert.Single(WarningsOf(MaskOf.Last(25))));

    [Fact]
    public void Inside_the_last_block_the_smaller_choice_is_the_head_alone() =>
        Assert.EndsWith("`phases[0].unfreeze_layers: 0` or 10 would avoid that.", Assert.Single(WarningsOf(MaskOf.Last(5))), StringComparison.Ordinal);

    [Fact]
    public void The_suggested_counts_are_never_warned_about()
    {
        var suggested = Enumerable.Range(0, 176)
            .SelectMany(count => WarningsOf(MaskOf.Last(count)))
            .Where(warning => warning.Contains("unfreeze_layers: ", StringComparison.Ordinal))
            .SelectMany(warning => warning.Split("unfreeze_layers: ")[1].Split('`', ' '))
            .Where(word => int.TryParse(word, out _))
            .Select(int.Parse)
            .ToHashSet();

        Assert.Equal(17, suggested.Count);
        Assert.All(suggested, count => Assert.Empty(WarningsOf(MaskOf.Last(count))));
    }

    private static ImmutableArray<string> WarningsOf(FreezeMask mask) =>
        PhasePlan.Create(MaskOf.Table, mask, new(), classes: 4, imageSize: 224).Warnings;
}
