using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Validation;

public sealed class ParentSettingsTests
{
    private static readonly RunSpec Child = new() { Data = new() { Path = "more" }, From = "parent", Phases = [new()], Output = "child" };

    private static readonly Receipt Parent = new()
    {
        RunId = "p1",
        Program = "1",
        ModelSha256 = "model",
        BaseSha256 = "base",
        DataSha256 = "data",
        MaskHash = "mask",
        TrainableParameters = 1,
        FrozenUnchanged = true,
        TrainLoss = [],
        Replicas = 1,
        Devices = [],
        ImagesPerSecond = 1,
        Seconds = 1,
        Classes = ["cat", "dog"],
        Phases = [],
        Epochs = [],
        FrozenLayers = [],
        Preprocessing = new(Preprocessing.Tf, "by the weights"),
        Spec = new()
        {
            Data = new() { Path = "few", ImageSize = 64, Resize = ResizeMode.Crop, ColorProfiles = ColorProfiles.Apply },
            Model = new() { Architecture = ModelArchitecture.ResNet101, Graph = NetworkGraph.TorchvisionV15, Weights = "/base.pth", Head = new() { Hidden = [16], Dropout = 0.5, Init = HeadInit.Glorot } },
            Phases = [new()],
            Seed = 3,
            BatchSize = 12,
            Output = "parent",
        },
    };

    public static TheoryData<string, Func<RunSpec, RunSpec>, string> Others => new()
    {
        { "data.image_size", spec => spec with { Data = spec.Data with { ImageSize = 128 } }, "is 128, but must be 64 as in run p1" },
        { "data.resize", spec => spec with { Data = spec.Data with { Resize = ResizeMode.Imagenet } }, "is imagenet, but must be crop" },
        { "data.preprocess", spec => spec with { Data = spec.Data with { Preprocessing = Preprocessing.Caffe } }, "is caffe, but must be tf" },
        { "model.architecture", spec => spec with { Model = new() { Architecture = ModelArchitecture.ResNet34 } }, "is resnet34, but must be resnet101" },
        { "model.head.hidden", spec => spec with { Model = new() { Head = new() { Hidden = [16, 8] } } }, "is [16, 8], but must be [16]" },
        { "model.head.inputs", spec => spec with { Model = new() { Head = new() { Inputs = ["conv3_block4_out"] } } }, "is [conv3_block4_out], but must be the last layer alone as in run p1" },
        { "model.head.dropout", spec => spec with { Model = new() { Head = new() { Dropout = 0.25 } } }, "is 0.25, but must be 0.5" },
        { "model.random_weights", spec => spec with { Model = new() { RandomWeights = true } }, "began with /base.pth" },
    };

    [Fact]
    public void WhatIsNotSaid_IsTheParents_AndNothingElseIs()
    {
        var adopted = ParentSettings.Adopt(Child with { Seed = 7 }, Parent);

        Assert.Equal(
            Parent.Spec.Data with { Path = "more", Preprocessing = Preprocessing.Tf }, adopted.Data);
        Assert.Equal(ModelArchitecture.ResNet101, adopted.Model.Architecture);
        Assert.Equal((NetworkGraph.TorchvisionV15, "/base.pth", 0.5, HeadInit.Zeros), (adopted.Model.Graph, adopted.Model.Weights, adopted.Model.Head.Dropout, adopted.Model.Head.Init));
        Assert.Equal([16], adopted.Model.Head.Hidden);
        Assert.Equal((7, 32, "child"), (adopted.Seed, adopted.BatchSize, adopted.Output));
        Assert.Equal(RunSpecKey.Of(adopted), RunSpecKey.Of(ParentSettings.Adopt(adopted, Parent)));
    }

    [Theory]
    [InlineData("conv5_block2_out")]
    [InlineData("conv5_block1_out,conv3_block2_out", "conv3_block2_out,conv5_block1_out")]
    public void TheSameInputsOfTheHead_SaidInAnotherWay_AreNoDifference(string own, string? had = null)
    {
        var parent = Parent with { Spec = Parent.Spec with { Model = Parent.Spec.Model with { Architecture = ModelArchitecture.ResNet18, Head = new() { Inputs = had is null ? null : [.. had.Split(',')] } } } };
        var child = Child with { Model = new() { Head = new() { Inputs = [.. own.Split(',')] } } };

        Assert.Equal(parent.Spec.Model.Head.Inputs, ParentSettings.Adopt(child, parent).Model.Head.Inputs);
    }

    [Theory]
    [MemberData(nameof(Others))]
    public void SomethingElse_IsRefusedByItsField(string field, Func<RunSpec, RunSpec> change, string expected)
    {
        var problem = Assert.Single(Assert.Throws<InvalidInputException>(() => ParentSettings.Adopt(change(Child), Parent)).Problems);

        Assert.Equal(field, problem.Field);
        Assert.Contains(expected, problem.Message, StringComparison.Ordinal);
    }

    /// <summary>A field that has its default was left alone, unless somebody knows that it was given.</summary>
    [Fact]
    public void ADefaultThatWasGiven_IsRefusedToo()
    {
        var refused = Assert.Throws<InvalidInputException>(() => ParentSettings.Adopt(Child, Parent, field => field is "data.image_size" or "model.graph"));

        Assert.Equal(["data.image_size", "model.graph"], refused.Problems.Select(problem => problem.Field));
    }

    [Fact]
    public void ABaseOfRandomWeights_IsDrawnByItsSeed()
    {
        var random = Parent with { Spec = Parent.Spec with { Model = Parent.Spec.Model with { Weights = null } } };

        Assert.Equal("seed", Assert.Single(Assert.Throws<InvalidInputException>(() => ParentSettings.Adopt(Child with { Seed = 4 }, random)).Problems).Field);
        Assert.Equal(
            "model.weights",
            Assert.Single(Assert.Throws<InvalidInputException>(() => ParentSettings.Adopt(Child with { Model = new() { Weights = "w.h5" } }, random)).Problems).Field);
        Assert.Null(ParentSettings.Adopt(Child with { Seed = 3 }, random).Model.Weights);
    }

    [Fact]
    public void ClassesThatAreMissing_AreNamed()
    {
        ParentSettings.RequireClasses(Parent, ["ape", "cat", "dog"]);

        var problem = Assert.Single(Assert.Throws<InvalidInputException>(() => ParentSettings.RequireClasses(Parent, ["Dog", "cat"])).Problems);
        Assert.Equal("data.path", problem.Field);
        Assert.StartsWith("has no class dog, which run p1 has, from which this one starts (new is Dog): ", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheParentsPlace_IsNoPartOfTheKey_ThatThereIsOneIs()
    {
        Assert.Equal(RunSpecKey.Of(Child), RunSpecKey.Of(Child with { From = "elsewhere" }));
        Assert.NotEqual(RunSpecKey.Of(Child), RunSpecKey.Of(Child with { From = null }));
    }
}
