using DistributedFreeze.Runs;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace DistributedFreeze.Grains.Tests.Wire;

public sealed class RunSpecWireTests
{
    private static readonly RunSpec Plain = new() { Data = new() { Path = "x" }, Phases = [], Output = "y" };

    public static TheoryData<ImageSampling, FeatureAugmentationSpec?> Runs => new()
    {
        { ImageSampling.Shuffle, null },
        { ImageSampling.Balanced, null },
        { ImageSampling.Shuffle, new() { Brightness = 0.4 } },
        { ImageSampling.Balanced, new() { Contrast = 0.3, PerChannel = true } },
        { (ImageSampling)7, new() }, // which is refused where it arrives
        { (ImageSampling)100, null },
    };

    [Theory]
    [MemberData(nameof(Runs))]
    public void ARun_ArrivesAsItLeft(ImageSampling sampling, FeatureAugmentationSpec? augmentation)
    {
        using var services = new ServiceCollection().AddSerializer().BuildServiceProvider();
        var serializer = services.GetRequiredService<Serializer<RunSpec>>();

        var arrived = serializer.Deserialize(serializer.SerializeToArray(Plain with { Sampling = sampling, FeatureAugmentation = augmentation }))!;

        Assert.Equal((sampling, augmentation), (arrived.Sampling, arrived.FeatureAugmentation));
    }

    [Fact]
    public void TheOrder_InWhichItIsMade_MakesNoDifference()
    {
        var changed = Plain with { FeatureAugmentation = new() { Brightness = 0.4 } };

        Assert.Equal(changed with { Sampling = ImageSampling.Balanced }, Plain with { Sampling = ImageSampling.Balanced } with { FeatureAugmentation = new() { Brightness = 0.4 } });
        Assert.Equal(Plain, changed with { FeatureAugmentation = null });
        Assert.Equal(Plain with { Sampling = ImageSampling.Balanced }, changed with { Sampling = ImageSampling.Balanced } with { FeatureAugmentation = null });
    }

    /// <summary>It skips what it does not know: the augmentation, so that another model would come of the run.</summary>
    [Theory]
    [InlineData(ImageSampling.Shuffle)]
    [InlineData(ImageSampling.Balanced)]
    public void ASiloThatKnowsNoFeatureAugmentation_RefusesIt(ImageSampling sampling)
    {
        using var services = new ServiceCollection().AddSerializer().BuildServiceProvider();
        var sent = services.GetRequiredService<Serializer<RunSpec>>().SerializeToArray(Plain with { Sampling = sampling, FeatureAugmentation = new() { Brightness = 0.4 } });

        var run = services.GetRequiredService<Serializer<RunOfBefore>>().Deserialize(sent)!;

        Assert.False(Enum.IsDefined(run.Sampling), "the rules refuse what is not defined");
    }

    [Theory]
    [InlineData(ExchangeType.Fp32, RunPrecision.Fp32)]
    [InlineData(ExchangeType.Bf16, RunPrecision.Fp32)]
    [InlineData(ExchangeType.Fp32, RunPrecision.Bf16)]
    [InlineData(ExchangeType.Bf16, RunPrecision.Tf32)]
    [InlineData((ExchangeType)100, RunPrecision.Fp32)]
    public void Numbers_ArriveAsTheyLeft_AndASiloThatKnowsOneKindAlone_RefusesOthers(ExchangeType exchange, RunPrecision precision)
    {
        using var services = new ServiceCollection().AddSerializer().BuildServiceProvider();
        var sent = services.GetRequiredService<Serializer<RunSpec>>().SerializeToArray(Plain with { Exchange = exchange, Precision = precision });

        var arrived = services.GetRequiredService<Serializer<RunSpec>>().Deserialize(sent)!;

        Assert.Equal((exchange, precision), (arrived.Exchange, arrived.Precision));
        Assert.Equal(Plain with { Precision = precision } with { Exchange = exchange }, arrived);
        Assert.Equal(
            precision == RunPrecision.Fp32 && Enum.IsDefined(exchange), Enum.IsDefined(services.GetRequiredService<Serializer<RunOfBefore>>().Deserialize(sent)!.Exchange));
    }

    /// <summary>As a run was before there was that, as far as it matters here.</summary>
    [GenerateSerializer]
    internal sealed record RunOfBefore
    {
        [Id(11)] public ExchangeType Exchange { get; init; }

        [Id(15)] public ImageSampling Sampling { get; init; }
    }
}
