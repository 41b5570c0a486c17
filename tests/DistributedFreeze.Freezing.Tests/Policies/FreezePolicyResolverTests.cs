using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Masks;
using DistributedFreeze.Freezing.Policies;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Tests.Policies;

public sealed class FreezePolicyResolverTests
{
    [Fact]
    public void Policies_of_the_same_globs_are_the_same()
    {
        FreezePolicy one = new FreezePolicy.Named(["conv5_*_bn", "conv1_conv"]);

        Assert.Equal(one, new FreezePolicy.Named(["conv5_*_bn", "conv1_conv"]));
        Assert.Equal(one.GetHashCode(), new FreezePolicy.Named(["conv5_*_bn", "conv1_conv"]).GetHashCode());
        Assert.NotEqual(one, new FreezePolicy.Named(["conv1_conv", "conv5_*_bn"]));
        Assert.NotEqual(one, new FreezePolicy.Named(default));
        Assert.NotEqual(one, new FreezePolicy.None());
    }

    private static readonly LayerTable Table = LayerTable.For(NetworkGraph.KerasV1);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(2, 0)]
    [InlineData(3, 4_096)]
    [InlineData(10, 4_465_664)]
    [InlineData(20, 8_931_328)]
    [InlineData(25, 9_990_144)]
    [InlineData(32, 14_976_000)]
    [InlineData(42, 16_094_720)]
    [InlineData(94, 22_084_608)]
    [InlineData(175, 23_534_592)]
    public void The_last_layers_open_what_Keras_opens(int count, long parameters)
    {
        var mask = Resolve(new FreezePolicy.LastLayers(count));

        Assert.Equal(parameters, mask.TrainableParameters);
        Assert.Equal(count, mask.TrainableCount);
    }

    [Fact]
    public void None_freezes_every_layer() => Assert.Equal(Resolve(new FreezePolicy.LastLayers(0)), Resolve(new FreezePolicy.None()));

    [Fact]
    public void All_opens_every_layer() => Assert.Equal(Resolve(new FreezePolicy.LastLayers(175)), Resolve(new FreezePolicy.All()));

    [Fact]
    public void A_layer_opens_itself_and_what_follows() =>
        Assert.Equal(Resolve(new FreezePolicy.LastLayers(32)), Resolve(new FreezePolicy.FromLayer("conv5_block1_1_conv")));

    [Theory]
    [InlineData("conv1", 175)]
    [InlineData("conv2", 168)]
    [InlineData("conv3", 136)]
    [InlineData("conv4", 94)]
    [InlineData("conv5", 32)]
    public void A_stage_opens_itself_and_later_stages(string stage, int count) =>
        Assert.Equal(Resolve(new FreezePolicy.LastLayers(count)), Resolve(new FreezePolicy.FromStage(stage)));

    [Fact]
    public void Globs_may_leave_holes() =>
        Assert.Equal(
            ["conv1_bn", "conv5_block3_1_bn", "conv5_block3_2_bn", "conv5_block3_3_bn"],
            Resolve(new FreezePolicy.Named(["conv5_block3_?_bn", "conv1_bn"])).TrainableLayers);

    [Fact]
    public void A_glob_flags_layers_without_parameters_too() =>
        Assert.Equal(12, Resolve(new FreezePolicy.Named(["conv5_block1_*"])).TrainableCount);

    [Theory]
    [InlineData(-1)]
    [InlineData(176)]
    public void A_count_outside_the_base_is_refused(int count) =>
        Assert.Equal(
            $"is {count} layers, but must be 0 (the head alone) to 175 (every layer of the base)",
            ProblemOf(new FreezePolicy.LastLayers(count)).Message);

    [Fact]
    public void An_unknown_layer_is_answered_with_near_names() =>
        Assert.Equal(
            "unknown layer 'conv5_blok1_out'; did you mean conv5_block1_out, conv5_block2_out, conv5_block3_out?",
            ProblemOf(new FreezePolicy.FromLayer("conv5_blok1_out")).Message);

    [Fact]
    public void An_unknown_stage_is_answered_with_the_stages() =>
        Assert.Equal(
            "unknown stage 'conv6'; the stages are conv1, conv2, conv3, conv4, conv5",
            ProblemOf(new FreezePolicy.FromStage("conv6")).Message);

    [Fact]
    public void A_glob_that_matches_nothing_is_answered_with_near_names() =>
        Assert.Equal(
            "glob 'conv5_blok3_3_*n' matches no layer; did you mean conv5_block3_3_bn, conv5_block1_3_bn, conv5_block2_3_bn?",
            ProblemOf(new FreezePolicy.Named(["conv5_blok3_3_*n"])).Message);

    [Fact]
    public void A_glob_that_forgot_its_star_is_told_so() =>
        Assert.Equal(
            "glob 'conv5_block1' matches no layer; did you mean conv5_block1*?",
            ProblemOf(new FreezePolicy.Named(["conv5_block1"])).Message);

    [Theory]
    [InlineData("none", "glob 'none' matches no layer; where nothing is named, the head alone trains")]
    [InlineData("all", "glob 'all' matches no layer; did you mean *?")]
    public void A_word_for_a_policy_is_no_glob(string word, string problem) => Assert.Equal(problem, ProblemOf(new FreezePolicy.Named([word])).Message);

    [Fact]
    public void Every_glob_that_matches_nothing_is_a_problem_of_its_own()
    {
        var error = Assert.Throws<InvalidInputException>(() => Resolve(new FreezePolicy.Named(["x*", "conv1_bn", "y*"])));

        Assert.Equal(2, error.Problems.Length);
    }

    [Fact]
    public void An_empty_list_of_globs_is_refused()
    {
        Assert.Contains("names no layer", ProblemOf(new FreezePolicy.Named([])).Message, StringComparison.Ordinal);
        Assert.Contains("names no layer", ProblemOf(new FreezePolicy.Named(default)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_error_names_the_field_it_came_from() =>
        Assert.Equal("phases[1].freeze", ProblemOf(new FreezePolicy.FromStage("head")).Field);

    private static FreezeMask Resolve(FreezePolicy policy) => FreezePolicyResolver.Resolve(policy, Table, "phases[1].freeze");

    private static Problem ProblemOf(FreezePolicy policy) =>
        Assert.Single(Assert.Throws<InvalidInputException>(() => Resolve(policy)).Problems);
}
