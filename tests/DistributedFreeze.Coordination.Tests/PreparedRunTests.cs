using System.Collections.Immutable;
using DistributedFreeze.Freezing;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Policies;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination;

public sealed class PreparedRunTests
{
    internal static readonly RunSpec Spec = new()
    {
        Data = new() { Path = "images", ImageSize = 64 },
        Output = "out",
        BatchSize = 10,
        Shards = 2,
        Phases = [new() { Epochs = 2 }, new() { Epochs = 3, Freeze = new FreezePolicy.LastLayers(10) }],
    };

    internal static readonly ReplicaReady Loaded = new()
    {
        Device = "cpu",
        DataHash = "data",
        BaseHash = "base",
        Classes = ["cat", "dog", "owl", "toad"],
        TrainImages = 24,
        ValidationImages = 5,
        TestImages = 7,
        Warnings = ["Owls are few."],
        LayerHashes = ImmutableSortedDictionary<string, string>.Empty,
    };

    [Fact]
    public void Steps_AreCountedWithTheLastShortOne() => Assert.Equal(3, Of(Spec).StepsPerEpoch);

    [Fact]
    public void Warnings_OfSpecDataAndPlansComeTogetherOnceEach()
    {
        var run = Of(Spec with { Exchange = ExchangeType.Bf16, Phases = [.. Spec.Phases, new() { Freeze = new FreezePolicy.LastLayers(3) }, new() { Freeze = new FreezePolicy.LastLayers(3) }] });

        Assert.Contains(run.Warnings, warning => warning.Contains("NO PRE-TRAINED WEIGHTS", StringComparison.Ordinal));
        Assert.Contains(run.Warnings, warning => warning.Contains("bf16", StringComparison.Ordinal));
        Assert.Contains("Owls are few.", run.Warnings);
        Assert.NotEmpty(run.Plans[2].Warnings);
        Assert.Single(run.Warnings, run.Plans[2].Warnings[0]);
    }

    [Fact]
    public void RandomWeightsThatAreMeant_NeedNoWarning() => Assert.DoesNotContain(
        Of(Spec with { Model = new() { RandomWeights = true } }).Warnings, warning => warning.Contains("WEIGHTS", StringComparison.Ordinal));

    [Fact]
    public void APretrainedBaseThatExchangesInFull_NeedsNoWarning() => Assert.Equal(
        Loaded.Warnings.Concat(Of(Spec).Plans.SelectMany(plan => plan.Warnings)),
        Of(Spec with { Model = new() { Weights = "resnet50_keras.h5" } }).Warnings);

    [Theory]
    [InlineData(FeatureCacheMode.Off, false)]
    [InlineData(FeatureCacheMode.Auto, true)]
    public void ARunThatKeepsFeatures_IsExpectedToComputeThemInItsFirstEpochs(FeatureCacheMode cache, bool fills) =>
        Assert.All(Of(Spec with { Features = new() { Cache = cache } }).Costs, cost => Assert.Equal(fills, cost.Fill > 0));

    [Fact]
    public void ARunThatAugmentsWithoutViews_KeepsNothing() => Assert.All(
        Of(Spec with { Data = Spec.Data with { Augmentation = new() { Flip = 0.5 } } }).Costs, cost => Assert.Equal(0, cost.Fill));

    [Fact]
    public void APhase_IsAnnouncedWithItsOwnPlan()
    {
        var run = Of(Spec);

        var announced = run.AnnouncementOf(1);

        Assert.Equal((1, 2, 3, 2), (announced.Phase, announced.Phases, announced.Epochs, announced.MaskVersion));
        Assert.Equal(run.Plans[1].Mask.Hash, announced.MaskHash);
        Assert.Equal(run.Plans[1].Parameters.Trainable, announced.TrainableParameters);
    }

    internal static PreparedRun Of(RunSpec spec, ReplicaReady? loaded = null)
    {
        var table = LayerTable.For(spec.Model);
        return new(
            spec, table, [.. spec.Phases.Select((phase, i) => FreezePolicyResolver.Resolve(phase.Freeze, table, "freeze") with { Version = i + 1 })], loaded ?? Loaded);
    }
}
