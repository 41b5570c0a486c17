using System.Security.Cryptography;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Data.Bases;

/// <summary>What is found out about a graph of another's, beside what is known of it because the test wrote it.</summary>
public sealed class BaseGraphTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(11)]
    [InlineData(14)]
    [InlineData(17)]
    public void AMobileNet_EndsBeforeItsClassifier_AtTheCostsThatWereWritten(int opset)
    {
        var spec = RunBases.Resolve(Spec(Write(StrangeGraphs.Mobile(opset))));

        Assert.Equal(("features", FeaturePooling.None, (int?)StrangeGraphs.MobileFeatures), (spec.Model.Boundary, spec.Model.Pool, spec.Model.BaseFeatures));
        Assert.Equal((3 * 8 * 16) + 8 + (8 * 9) + 8 + (8 * 12) + 12, spec.Model.BaseParameters);
        Assert.Equal(12 * 12 * ((3 * 8 * 16) + (8 * 9) + (8 * 12)), spec.Model.BaseMultiplyAdds); // a map of 12 x 12
    }

    [Fact]
    public void AMap_IsAveragedOverItsPlaces_AndMayBeNamedByItsNode()
    {
        var spec = RunBases.Resolve(Spec(Write(StrangeGraphs.Mobile())) is var run ? run with { Model = run.Model with { Boundary = "n/map" } } : null!);

        Assert.Equal(("map", FeaturePooling.Avg, (int?)12), (spec.Model.Boundary, spec.Model.Pool, spec.Model.BaseFeatures));
    }

    [Theory]
    [InlineData(true, FeaturePooling.Auto, FeaturePooling.Cls, 16)]
    [InlineData(false, FeaturePooling.Auto, FeaturePooling.Avg, 16)]
    [InlineData(true, FeaturePooling.Avg, FeaturePooling.Avg, 16)]
    [InlineData(true, FeaturePooling.None, FeaturePooling.None, 17 * 16)]
    public void Tokens_AreTheirClassTokenUnlessTheyAreASquare(bool withClassToken, FeaturePooling wanted, FeaturePooling taken, int features)
    {
        var spec = Spec(Write(StrangeGraphs.Tokens("norm", withClassToken)));

        var model = RunBases.Resolve(spec with { Model = spec.Model with { Pool = wanted } }).Model;

        Assert.Equal(("norm", taken, (int?)features), (model.Boundary, model.Pool, model.BaseFeatures));
    }

    [Fact]
    public void AttentionsProducts_AreCounted_AndALastDenseLayerMayBeAProductAndASum()
    {
        var model = RunBases.Resolve(Spec(Write(StrangeGraphs.Tokens()))).Model;

        Assert.Equal("features", model.Boundary);
        Assert.Equal((16 * 16 * 3 * 144) + (3 * 17 * 16 * 16) + (2 * 17 * 17 * 16), model.BaseMultiplyAdds);
        Assert.Equal((16 * 3 * 144) + 16 + (3 * 16 * 16) + 16 + 16, model.BaseParameters);
    }

    [Fact]
    public void ASizeThatIsFixed_IsTakenUnlessAnotherIsAskedFor()
    {
        var path = Write(StrangeGraphs.Mobile());
        var open = Write(StrangeGraphs.Mobile(size: -1), "open.onnx");

        Assert.Equal(48, RunBases.Resolve(Spec(path, size: 224)).Data.ImageSize); // nothing said
        Assert.Equal("data.image_size", Refused(() => RunBases.Resolve(Spec(path, size: 64))).Field);
        Assert.Equal(64, RunBases.Resolve(Spec(open, size: 64)).Data.ImageSize);
    }

    [Fact]
    public void Layouts_AreReadFromTheShape()
    {
        Assert.False(BaseGraph.Open(Write(StrangeGraphs.Mobile())).Image.ChannelsLast);
        var last = BaseGraph.Open(Write(StrangeGraphs.Mobile(channelsLast: true, batch: 4))).Image;
        Assert.Equal((true, (int?)4, (int?)48), (last.ChannelsLast, last.Batch, last.Size));
    }

    [Fact]
    public void Hash_IsTheFiles_AndWithExternalDataThatOfAllFiles()
    {
        var alone = Write(StrangeGraphs.Mobile());
        var (model, weights) = External();
        var before = BaseGraph.Open(model).File.Sha256;

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(alone))), BaseGraph.Open(alone).File.Sha256);
        Assert.Equal(RunBases.Resolve(Spec(alone)).Model.BaseParameters, RunBases.Resolve(Spec(model)).Model.BaseParameters);
        var bytes = File.ReadAllBytes(weights);
        bytes[0] ^= 1;
        File.WriteAllBytes(weights, bytes);
        Assert.NotEqual(before, BaseGraph.Open(model).File.Sha256);
    }

    [Fact]
    public void WhatIsKnown_IsHeldAgainstTheModel()
    {
        var known = RunBases.Resolve(Spec(Write(StrangeGraphs.Mobile())));

        Assert.Equal(known, RunBases.Resolve(known));
        Assert.Equal("model.base_parameters", Refused(() => RunBases.Resolve(known with { Model = known.Model with { BaseParameters = 7 } })).Field);
        Assert.Equal("model.base_features", Refused(() => RunBases.Resolve(Spec(known.Model.Base!) is var spec ? spec with { Model = spec.Model with { BaseFeatures = 7 } } : null!)).Field);
        Write(StrangeGraphs.Mobile(14));
        Assert.Equal("model.base_sha256", Refused(() => RunBases.Resolve(known)).Field);
        Assert.Contains("is not what the run began with", Refused(() => BaseGraph.OpenOf(known.Model)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Candidates_AreWhatEverythingGoesThrough()
    {
        var (candidates, all) = BaseGraph.Open(Write(StrangeGraphs.Mobile())).Candidates(48, 100);

        // The gate of the hard swish and what it is multiplied by are two ways.
        Assert.Equal(["stem", "deep", "swish", "point", "map", "mean", "features", "logits"], candidates.Select(candidate => candidate.Tensor));
        Assert.Equal((8, "features"), (all, Assert.Single(candidates, candidate => candidate.IsDefault).Tensor));
        Assert.Equal([8, 12, 12], candidates[0].Shape);
        Assert.Equal(12 * 12 * 3 * 8 * 16, candidates[0].MultiplyAdds);
    }

    [Theory]
    [InlineData("preprocessor_config.json", """{"do_rescale": true, "do_normalize": true, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}""", Preprocessing.Tf)]
    [InlineData("preprocessor_config.json", """{"do_rescale": false, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}""", Preprocessing.Raw)]
    [InlineData("preprocessor_config.json", """{"do_rescale": true, "do_normalize": false}""", Preprocessing.Unit)]
    [InlineData("config.json", """{"pretrained_cfg": {"mean": [0.48145466, 0.4578275, 0.40821073], "std": [0.26862954, 0.26130258, 0.27577711]}}""", Preprocessing.Clip)]
    [InlineData("preprocessor_config.json", "no JSON", Preprocessing.Torch)]
    [InlineData("config.json", "[]", Preprocessing.Torch)]
    public void Preprocessing_IsWhatTheMakerLeft(string file, string content, Preprocessing taken)
    {
        _folder.Write(file, content);

        Assert.Equal(taken, BaseGraph.Open(Write(StrangeGraphs.Mobile())).Preprocessing.Taken);
    }

    [Fact]
    public void Preprocessing_IsInTheMetadataFirst_AndRefusedWhereNoWordIsForIt()
    {
        _folder.Write("preprocessor_config.json", """{"image_mean": [0.1, 0.2, 0.3], "image_std": [1, 1, 1]}""");

        Assert.Equal(Preprocessing.Caffe, BaseGraph.Open(Write(StrangeGraphs.Mobile().Metadata("preprocessing", "caffe"))).Preprocessing.Taken);
        Assert.Equal("data.preprocess", Refused(() => _ = BaseGraph.Open(Write(StrangeGraphs.Mobile())).Preprocessing).Field);
    }

    [Fact]
    public void TheLayerTable_HasOneLayerForIt_WhoseMaskAndBoundaryAreThoseOfABase()
    {
        var spec = RunBases.Resolve(Spec(Write(StrangeGraphs.Mobile())));

        var table = LayerTable.For(spec.Model);

        Assert.Equal((true, 12, 580L), (table.IsGraph, table.PooledFeatures, table.Parameters));
        var plan = Freezing.Planning.PhasePlan.Of(spec, 0, table, new(LayerTable.For(spec.Model), [false, false]), 4);
        Assert.Equal((true, 48L, 12L), (plan.Boundary.IsPooled, plan.Parameters.Trainable - 4, plan.FeatureElements));
    }

    public void Dispose() => _folder.Dispose();

    private static RunSpec Spec(string path, int size = 48) =>
        new() { Data = new() { Path = ".", ImageSize = size }, Model = new() { Base = path }, Output = "out", Phases = [new() { Epochs = 1 }] };

    private string Write(OnnxWriter graph, string name = "model.onnx")
    {
        File.WriteAllBytes(_folder.In(name), graph.ToArray());
        return _folder.In(name);
    }

    private (string Model, string Weights) External()
    {
        var graph = StrangeGraphs.Mobile(external: "weights.bin");
        File.WriteAllBytes(_folder.In("weights.bin"), graph.ExternalBytes);
        return (Write(graph, "external.onnx"), _folder.In("weights.bin"));
    }

    private static Errors.Problem Refused(Action action) => Assert.Single(Assert.Throws<Errors.InvalidInputException>(action).Problems);
}
