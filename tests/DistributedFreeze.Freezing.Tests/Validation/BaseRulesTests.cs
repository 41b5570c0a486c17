using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Validation;

/// <summary>What goes together with an ONNX base.</summary>
public sealed class BaseRulesTests
{
    private static readonly RunSpec Valid = new()
    {
        Data = new() { Path = "photos" },
        Model = new() { Base = "model.onnx" },
        Output = "run",
        Phases = [new() { Epochs = 1 }],
    };

    [Fact]
    public void ABaseAlone_IsRight()
    {
        Assert.Empty(RunSpecValidator.Validate(Valid));
        Assert.Empty(RunSpecValidator.Validate(Valid with { Phases = [new() { Freeze = new FreezePolicy.LastLayers(0) }], Data = new() { Path = "photos", Preprocessing = Preprocessing.Clip } }));
    }

    public static TheoryData<string, RunSpec> Wrong => new()
    {
        { "model.weights", Valid with { Model = Valid.Model with { Weights = "w.h5" } } },
        { "model.random_weights", Valid with { Model = Valid.Model with { RandomWeights = true } } },
        { "model.architecture", Valid with { Model = Valid.Model with { Architecture = ModelArchitecture.ResNet101 } } },
        { "model.graph", Valid with { Model = Valid.Model with { Graph = NetworkGraph.TorchvisionV15 } } },
        { "model.base", Valid with { Model = Valid.Model with { Base = " " } } },
        { "model.base_sha256", Valid with { Model = Valid.Model with { BaseSha256 = "ABC" } } },
        { "model.base_features", Valid with { Model = Valid.Model with { BaseFeatures = 0 } } },
        { "features.engine", Valid with { Features = new() { Engine = PrefixEngine.Torch } } },
        { "phases[0].unfreeze_layers", Valid with { Phases = [new() { Freeze = new FreezePolicy.LastLayers(3) }] } },
        { "phases[0].unfreeze", Valid with { Phases = [new() { Freeze = new FreezePolicy.All() }] } },
        { "phases[0].stage", Valid with { Phases = [new() { Freeze = new FreezePolicy.FromStage("conv5") }] } },
        { "model.boundary", Valid with { Model = new() { Boundary = "features" } } },
        { "model.pool", Valid with { Model = new() { Pool = FeaturePooling.Cls } } },
        { "data.preprocess", Valid with { Model = new(), Data = new() { Path = "photos", Preprocessing = Preprocessing.Raw } } },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void WhatDoesNotGoTogether_IsOneErrorThatNamesTheField(string field, RunSpec spec) =>
        Assert.Equal(field, Assert.Single(RunSpecValidator.Validate(spec)).Field);
}
