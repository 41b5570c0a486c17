using System.Collections.Immutable;
using DistributedFreeze.Devices;
using DistributedFreeze.Freezing.Planning;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Tests.Planning;

public sealed class ShardWarningTests
{
    [Theory]
    [InlineData(32, 8, null, "4 images at a time", "else `shards: 2` or `batch_size: 128` would do better.")]
    [InlineData(32, 8, 3, "4 images at a time", "else `batch_size: 128` would do better.")]
    [InlineData(8, 8, null, "1 image at a time", "else `batch_size: 128` would do better.")]
    [InlineData(96, 12, 4, "8 images at a time", "else `shards: 6` or `batch_size: 192` would do better.")]
    public void Batch_norms_that_train_on_few_images_are_warned_of_with_a_remedy(int batch, int shards, int? replicas, string images, string remedy)
    {
        var warning = Assert.Single(WarningsOf(Spec(batch, shards, BatchNormMode.Train) with { Replicas = replicas }), Speaks);

        Assert.Contains(images, warning, StringComparison.Ordinal);
        Assert.Contains("`phases[0].batch_norm: inference`", warning, StringComparison.Ordinal);
        Assert.EndsWith(remedy, warning, StringComparison.Ordinal);
    }

    [Fact]
    public void Batch_norms_that_train_on_enough_images_are_not() => Assert.DoesNotContain(WarningsOf(Spec(64, 4, BatchNormMode.Train)), Speaks);

    [Fact]
    public void Batch_norms_that_keep_their_statistics_are_not() => Assert.DoesNotContain(WarningsOf(Spec(8, 8, BatchNormMode.Inference)), Speaks);

    [Fact]
    public void A_phase_that_opens_no_batch_norm_is_not() => Assert.Empty(
        WarningsOf(Spec(8, 8, BatchNormMode.Train) with { Phases = [new() { BatchNorm = BatchNormMode.Train }] }));

    [Fact]
    public void Whoever_follows_the_remedy_is_not_warned_again()
    {
        var spec = Spec(32, 8, BatchNormMode.Train);

        Assert.DoesNotContain(WarningsOf(spec with { Shards = 2 }), Speaks);
        Assert.DoesNotContain(WarningsOf(spec with { BatchSize = 128 }), Speaks);
    }

    [Theory]
    [InlineData(32, 8, null, "Shards of 4 images", "`shards: 4` or `batch_size: 64` would be faster.")]
    [InlineData(32, 8, 8, "Shards of 4 images", "docs/performance.md): `batch_size: 64` would be faster.")]
    [InlineData(4, 4, null, "Shards of 1 image", "docs/performance.md): `batch_size: 32` would be faster.")]
    [InlineData(42, 6, null, "Shards of 7 images", "`shards: 3` or `batch_size: 48` would be faster.")]
    public void Convolutions_that_train_on_few_images_are_warned_of_with_a_remedy(int batch, int shards, int? replicas, string images, string remedy)
    {
        var spec = Spec(batch, shards, BatchNormMode.Inference) with { Replicas = replicas };
        var warning = Assert.Single(WarningsOf(spec), SpeaksOfSpeed);

        Assert.StartsWith($"{images} train convolutions slowly: at about 0.", warning, StringComparison.Ordinal);
        Assert.Contains("of the speed of shards of 8", warning, StringComparison.Ordinal);
        Assert.EndsWith(remedy, warning, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(32, 4, null, "Shards of 8 images leave", ": `shards: 1` or `batch_size: 128` would be faster.")]
    [InlineData(256, 8, null, "Shards of 32 images leave", ": `shards: 4` or `batch_size: 512` would be faster.")]
    [InlineData(64, 4, 2, "Shards of 16 images leave", ": `shards: 2` or `batch_size: 128` would be faster.")]
    [InlineData(32, 1, null, "Shards of 32 images leave", ": `batch_size: 64` would be faster.")]
    public void On_a_gpu_shards_that_are_launched_more_slowly_than_computed_are_warned_of(int batch, int shards, int? replicas, string begins, string ends)
    {
        var spec = Spec(batch, shards, BatchNormMode.Inference) with { Replicas = replicas, Device = DeviceChoice.Cuda };
        var warning = Assert.Single(WarningsOf(spec), warning => warning.StartsWith("Shards of", StringComparison.Ordinal));

        Assert.StartsWith(begins, warning, StringComparison.Ordinal);
        Assert.EndsWith(ends, warning, StringComparison.Ordinal);
        Assert.DoesNotContain(WarningsOf(spec with { BatchSize = 64 * shards }), warning => warning.StartsWith("Shards of", StringComparison.Ordinal));
    }

    [Fact]
    public void Batch_and_shards_that_nobody_chose_are_not()
    {
        var unsaid = new RunSpec { Data = new() { Path = "images" }, Output = "out", Phases = [new() { Freeze = new FreezePolicy.All() }] };

        Assert.DoesNotContain(WarningsOf(unsaid), SpeaksOfSpeed);
        Assert.Contains(WarningsOf(unsaid with { Shards = 2 * unsaid.Shards }), SpeaksOfSpeed);
    }

    [Fact]
    public void A_head_alone_is_not_since_it_has_no_convolution() => Assert.DoesNotContain(
        WarningsOf(Spec(8, 8, BatchNormMode.Inference) with { Phases = [new()] }), SpeaksOfSpeed);

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(12)]
    [InlineData(32)]
    [InlineData(500)]
    public void A_larger_shard_is_never_said_to_be_slower(int images)
    {
        Assert.InRange(ShardSpeeds.Ratio(images, images + 1), 0.5, 1);
        Assert.Equal(1, ShardSpeeds.Ratio(images, images));
    }

    private static bool SpeaksOfSpeed(string warning) => warning.Contains("slowly", StringComparison.Ordinal);

    private static bool Speaks(string warning) => warning.Contains("batch norms normalize", StringComparison.Ordinal);

    private static RunSpec Spec(int batch, int shards, BatchNormMode mode) => new()
    {
        Data = new() { Path = "images" },
        Output = "out",
        BatchSize = batch,
        Shards = shards,
        Phases = [new() { Freeze = new FreezePolicy.LastLayers(10), BatchNorm = mode }],
    };

    private static ImmutableArray<string> WarningsOf(RunSpec spec) => RunPlan.Of(spec, classes: 4).Phases[0].Warnings;
}
