using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Validation;

public sealed class HeadInputRulesTests
{
    private static readonly RunSpec Frozen = new() { Data = new() { Path = "images" }, Phases = [new(), new()], Output = "out" };

    public static TheoryData<string[], string> Wrong => new()
    {
        { ["conv4_blok6_out"], "unknown layer 'conv4_blok6_out'; did you mean conv4_block6_out" },
        { ["avg_pool"], "unknown layer 'avg_pool'; pool1_pool and the ends of blocks, conv2_block1_out to conv5_block3_out, would be right" },
        { ["conv4_block6_2_relu"], "is conv4_block6_2_relu, which is inside the block conv4_block6, not the end of one; its end is conv4_block6_out" },
        { ["conv1_relu"], "is conv1_relu, which is inside the stem, not the end of one; its end is pool1_pool" },
        { ["conv4_block6_out", "conv5_block3_out", "conv4_block6_out"], "names conv4_block6_out twice; once is right" },
        { [""], "must name layers in 1 to 255 characters each" },
        { [null!, "conv4_block6_out"], "must name layers in 1 to 255 characters each" },
        { [.. Enumerable.Repeat("x", 100_000)], "has 100,000 names, but must name at most the 17 layers that stem and blocks end with, each once" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void WhatAHeadCannotRead_IsRefused_WithWhatWouldBeRight(string[] inputs, string expected)
    {
        var problem = Assert.Single(RunSpecValidator.Validate(With(Frozen, inputs)));

        Assert.Equal("model.head.inputs", problem.Field);
        Assert.StartsWith(expected, problem.Message, StringComparison.Ordinal);
    }

    public static TheoryData<FreezePolicy, string> Opening => new()
    {
        { new FreezePolicy.All(), "unfreeze" },
        { new FreezePolicy.FromStage("conv5"), "stage" },
        { new FreezePolicy.LastLayers(1), "unfreeze_layers" },
        { new FreezePolicy.Named(["conv2_*_bn"]), "layers" },
    };

    [Theory]
    [MemberData(nameof(Opening))]
    public void ABaseThatTrains_IsRefused_AndTheFieldsAreNamed(FreezePolicy policy, string form)
    {
        var spec = With(Frozen, "conv4_block6_out", "conv5_block3_out");

        var problem = Assert.Single(RunSpecValidator.Validate(spec with { Phases = [new(), new() { Freeze = policy }] }));

        Assert.Equal("model.head.inputs", problem.Field);
        Assert.Equal(
            $"lets the head read conv4_block6_out, conv5_block3_out of a frozen base, but `phases[1].{form}` opens layers of it; say `phases[1].unfreeze: none`, or leave this out for a head on the last layer",
            problem.Message);
    }

    [Theory]
    [InlineData("pool1_pool")]
    [InlineData("conv5_block3_out", "conv2_block1_out")]
    public void AFrozenBase_IsTaken(params string[] inputs) =>
        Assert.Empty(RunSpecValidator.Validate(With(Frozen, inputs) with { Phases = [new(), new() { Freeze = new FreezePolicy.LastLayers(0) }] }));

    [Fact]
    public void TheLastLayerAlone_GoesWithEveryPolicy() =>
        Assert.Empty(RunSpecValidator.Validate(With(Frozen, "conv5_block3_out") with { Phases = [new() { Freeze = new FreezePolicy.All() }] }));

    /// <summary>Blocks have the names of their own network.</summary>
    [Fact]
    public void AnotherNetwork_HasOtherBlocks()
    {
        var spec = Frozen with { Model = new() { Architecture = ModelArchitecture.ResNet18, Graph = NetworkGraph.TorchvisionV15, Head = new() { Inputs = ["conv5_block3_out"] } } };

        Assert.StartsWith("unknown layer 'conv5_block3_out'; did you mean conv5_block", Assert.Single(RunSpecValidator.Validate(spec)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnOnnxBase_HasOneVector()
    {
        var spec = Frozen with { Model = new() { Base = "vit.onnx", Head = new() { Inputs = ["conv5_block3_out"] } } };

        var problem = Assert.Single(RunSpecValidator.Validate(spec));

        Assert.Equal("model.head.inputs", problem.Field);
        Assert.StartsWith("is for a ResNet: an ONNX model as the base has one vector of features, at `model.boundary`", problem.Message, StringComparison.Ordinal);
    }

    private static RunSpec With(RunSpec spec, params string[] inputs) => spec with { Model = new() { Head = new() { Inputs = [.. inputs] } } };
}
