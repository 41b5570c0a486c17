using DistributedFreeze.Freezing.Layers;

namespace DistributedFreeze.Freezing.Tests.Layers;

public sealed class NearNamesTests
{
    private static readonly string[] Stages = ["conv1", "conv2", "conv3", "conv4", "conv5"];

    [Theory]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("", "abc", 3)]
    [InlineData("abc", "", 3)]
    [InlineData("conv1", "CONV1", 0)]
    [InlineData("conv?", "conv3", 0)]
    [InlineData("c*3", "conv3", 0)]
    [InlineData("x*3", "conv3", 1)]
    [InlineData("*", "", 0)]
    public void Distance_counts_edits_and_wildcards_are_free(string pattern, string name, int distance) =>
        Assert.Equal(distance, NearNames.Distance(pattern, name));

    [Fact]
    public void Equally_near_names_keep_their_order_and_three_are_enough() =>
        Assert.Equal(["conv1", "conv2", "conv3"], NearNames.Of("conv7", Stages));

    [Fact]
    public void Of_equally_near_names_the_one_that_begins_alike_comes_first() =>
        Assert.Equal(["ab3", "xb1"], NearNames.Of("ab1", ["xb1", "ab3"]));

    [Fact]
    public void The_nearest_name_comes_first() => Assert.Equal("conv4", NearNames.Of("cnv4", Stages)[0]);

    [Fact]
    public void A_name_far_from_all_gets_no_suggestion() =>
        Assert.Equal("unknown stage 'classifier'", NearNames.Unknown("stage", "classifier", Stages));
}
