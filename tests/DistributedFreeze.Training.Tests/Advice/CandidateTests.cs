using DistributedFreeze.Advice;
using DistributedFreeze.Freezing;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Validation;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Advice;

public sealed class CandidateTests
{
    private static readonly LayerTable Table = LayerTable.For(NetworkGraph.KerasV1);

    [Fact]
    public void AHeadOnlyRun_IsTheFirstCandidate_AndTheOthersTrainATenthAsFastAfterIt()
    {
        var spec = Spec(new PhaseSpec { Epochs = 7, Optimizer = new() { LearningRate = 0.02 } });

        var candidates = Candidate.For(spec, Table, classes: 4);

        Assert.Equal(["head alone", "head on 4 stages", "last block", "conv5 batch norms", "conv5", "conv4 and conv5"], candidates.Select(one => one.Name));
        Assert.Equal([8_196, 15_364, 4_473_860, 30_724, 14_984_196, 22_092_804], candidates.Select(one => one.TrainableParameters));
        Assert.Equal(32_784, candidates[0].ModelBytes);
        Assert.Equal(spec, candidates[0].Spec with { Phases = spec.Phases });
        Assert.Equal(7, Assert.Single(candidates[0].Spec.Phases).Epochs);
        Assert.All(candidates, one => Assert.Equal(one.Name.StartsWith("head", StringComparison.Ordinal), one.IsBaseFrozen));
        Assert.All(candidates.Where(one => !one.IsBaseFrozen), one =>
        {
            Assert.Equal(candidates[0].Spec.Phases[0], one.Spec.Phases[0]);
            Assert.Equal((OptimizerKind.AdamW, 0.002, 10), (one.Spec.Phases[1].Optimizer.Kind, one.Spec.Phases[1].Optimizer.LearningRate, one.Spec.Phases[1].Epochs));
            Assert.True(one.Cost > candidates[0].Cost);
        });
        Assert.Equal(candidates.Select(one => one.Plan.Boundary.Index).OrderDescending(), candidates.Select(one => one.Plan.Boundary.Index));
    }

    [Fact]
    public void WhatTheRunUnfreezes_IsACandidate_AndItsPhaseIsTheOthers()
    {
        var tail = new PhaseSpec { Freeze = new FreezePolicy.LastLayers(20), Epochs = 3, Optimizer = new() { Kind = OptimizerKind.Sgd, LearningRate = 0.5 } };

        var candidates = Candidate.For(Spec(new PhaseSpec { Epochs = 7 }, tail), Table, classes: 4);

        var given = Assert.Single(candidates, one => one.Name == "as given");
        Assert.Equal(tail, given.Spec.Phases[1]);
        Assert.All(candidates.Where(one => !one.IsBaseFrozen), one => Assert.Equal(tail with { Freeze = one.Freeze }, one.Spec.Phases[1]));
    }

    [Fact]
    public void RatesByName_StayWhereTheirLayersTrain_AndEveryRunIsValid()
    {
        var tail = new PhaseSpec { Freeze = new FreezePolicy.FromStage("conv4"), Optimizer = new() { Rates = NamedNumbers.Of(new() { ["conv4_*"] = 0.1 }) } };

        var candidates = Candidate.For(Spec(tail), Table, classes: 4);

        Assert.All(candidates, one => Assert.Empty(RunSpecValidator.Validate(one.Spec)));
        Assert.Equal(["conv4 and conv5"], candidates.Where(one => !one.Spec.Phases[^1].Optimizer.Rates.IsEmpty).Select(one => one.Name));
    }

    [Fact]
    public void ARunThatUnfreezesWhatACandidateDoes_AddsNone()
    {
        var candidates = Candidate.For(Spec(new PhaseSpec { Freeze = new FreezePolicy.LastLayers(32) }), Table, classes: 4);

        Assert.DoesNotContain(candidates, one => one.Name == "as given");
        Assert.Equal(PhaseSpec.DefaultHeadEpochs, candidates[0].Spec.Phases[0].Epochs);
    }

    [Fact]
    public void AnotherNetwork_HasTheSameCandidates_InItsOwnLayers()
    {
        var table = LayerTable.For(NetworkGraph.TorchvisionV15, ModelArchitecture.ResNet18);
        var spec = Spec(new PhaseSpec()) with { Model = new() { Graph = table.Graph, Architecture = ModelArchitecture.ResNet18 } };

        var candidates = Candidate.For(spec, table, classes: 4);

        Assert.Equal(["head alone", "head on 4 stages", "last block", "conv5 batch norms", "conv5", "conv4 and conv5"], candidates.Select(one => one.Name));
        Assert.Equal(["avg_pool", "avg_pool", "conv5_block1_out", "conv4_block2_out", "conv4_block2_out", "conv3_block2_out"], candidates.Select(one => one.Plan.Boundary.Name));
        Assert.Equal(2_052, candidates[0].TrainableParameters);
    }

    [Fact]
    public void ABlockThatTheLossPullsAt_IsTriedAlone_WithAllElseFrozen()
    {
        var candidates = Candidate.For(Spec(new PhaseSpec()), Table, classes: 4, "conv4_block2");

        Assert.Equal(["head alone", "head on 4 stages", "last block", "conv5 batch norms", "conv5", "conv4_block2 alone", "conv4 and conv5"], candidates.Select(one => one.Name));
        var hole = candidates[5];
        Assert.Equal("conv4_block1_out", hole.Plan.Boundary.Name);
        Assert.All(hole.Plan.Mask.Table.Layers.Where(layer => hole.Plan.Mask.Trainable[layer.Index]), layer => Assert.Equal("conv4_block2", layer.Block));
        Assert.Equal(1_118_720 + 8_196, hole.TrainableParameters); // Keras's summary of the block, without moving statistics
    }

    [Fact]
    public void AHead_IsTriedOnTheEndsOfAllStages_AndOnWhatWasChosen()
    {
        var candidates = Candidate.For(Spec(new PhaseSpec { Epochs = 7 }), Table, classes: 4, chosen: new(["conv3_block1_out", "conv4_block2_out"], [["conv5_block1_out"], []], HeadAnswers.None));

        var heads = candidates.Where(one => one.IsBaseFrozen).ToDictionary(one => one.Name, one => one.Spec.Model.Head.Inputs);
        Assert.Equal(["head alone", "head on 4 stages", "head on 2 blocks"], heads.Keys);
        Assert.Equal(["conv2_block3_out", "conv3_block4_out", "conv4_block6_out", "conv5_block3_out"], heads["head on 4 stages"]);
        Assert.Equal(["conv3_block1_out", "conv4_block2_out"], heads["head on 2 blocks"]);
        Assert.Equal([["conv5_block1_out"], []], Enumerable.Range(0, 2).Select(split => candidates[2].SpecIn(split).Model.Head.Inputs!.Value.ToArray()));
        Assert.All(candidates.Where(one => one.Name != "head on 2 blocks"), one => Assert.Equal(one.Spec, one.SpecIn(1)));
        Assert.All(candidates, one => Assert.Empty(RunSpecValidator.Validate(one.Spec)));
        Assert.Equal((512 + 1_024) * 4 + 4, candidates[2].TrainableParameters);
        Assert.Equal(candidates[0].Spec.Phases, candidates[2].Spec.Phases);
    }

    [Fact]
    public void AnEarlierBlockAlone_IsTriedByItsName()
    {
        var candidates = Candidate.For(Spec(new PhaseSpec()), Table, classes: 4, chosen: new(["conv4_block2_out"], [], HeadAnswers.None));

        Assert.Equal(1_024 * 4 + 4, Assert.Single(candidates, one => one.Name == "head on conv4_block2").TrainableParameters);
    }

    [Theory]
    [InlineData("conv5_block3_out")]
    [InlineData("conv2_block3_out", "conv3_block4_out", "conv4_block6_out", "conv5_block3_out")]
    public void WhatIsTriedInAnyCase_IsNotTriedTwice(params string[] chosen) =>
        Assert.Equal(2, Candidate.For(Spec(new PhaseSpec()), Table, classes: 4, chosen: new([.. chosen], [], HeadAnswers.None)).Count(one => one.IsBaseFrozen));

    [Theory]
    [InlineData("conv4_block2", "conv4_block2_out", "conv5_block1_out", "conv5_block3_out")]
    [InlineData("conv5_block1", "conv5_block1_out", "conv4_block6_out")]
    [InlineData(null, "conv5_block3_out", "conv4_block1_out")] // tried in any case
    [InlineData("conv4_block1", "conv2_block1_out", "conv4_block1_out")] // too early a block to be tried
    [InlineData(null, "pool1_pool", "conv3_block4_out")]
    [InlineData(null)]
    public void TheStrongestOfTheLateBlocks_IsWorthATrial(string? block, params string[] strongestFirst) =>
        Assert.Equal(block, Candidate.Hole(strongestFirst.Select((layer, i) => new BlockGradient(layer, 1, 1.0 / (i + 1))), Table));

    [Fact]
    public void WhereNoBlockHasAGradient_NoneIsWorthATrial() => Assert.Null(Candidate.Hole([new("conv4_block1_out", 1, 0)], Table));

    private static RunSpec Spec(params PhaseSpec[] phases) => new() { Data = new() { Path = "." }, Output = ".", Phases = [.. phases] };
}
