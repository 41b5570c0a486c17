using DistributedFreeze.Runs;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace DistributedFreeze.Grains.Tests.Wire;

public sealed class ModelSpecWireTests
{
    public static TheoryData<ModelSpec> Models =>
    [
        new ModelSpec(),
        new ModelSpec { Architecture = ModelArchitecture.ResNet18, Graph = NetworkGraph.TorchvisionV15, Weights = "a.safetensors" },
        new ModelSpec { Base = "vit.onnx", Boundary = "features", BaseFeatures = 96 },
        new ModelSpec { Base = "vit.onnx", Architecture = default },
        new ModelSpec { Base = "vit.onnx", Architecture = ModelArchitecture.ResNet34 }, // which is refused where it arrives
        new ModelSpec { Base = "vit.onnx" } with { Base = null },
        new ModelSpec { Head = new() { Inputs = ["conv4_block6_out", "conv5_block3_out"] } },
        new ModelSpec { Head = new() { Inputs = ["conv4_block2_out"] }, Architecture = ModelArchitecture.ResNet18, Graph = NetworkGraph.TorchvisionV15 },
        new ModelSpec { Head = new() { Inputs = ["conv4_block2_out"] }, Base = "vit.onnx" }, // which is refused where it arrives
    ];

    [Theory]
    [MemberData(nameof(Models))]
    public void AModel_ArrivesAsItLeft(ModelSpec model)
    {
        using var services = new ServiceCollection().AddSerializer().BuildServiceProvider();
        var serializer = services.GetRequiredService<Serializer<ModelSpec>>();

        var arrived = serializer.Deserialize(serializer.SerializeToArray(model))!;

        Assert.Equal((model.Architecture, model.Base), (arrived.Architecture, arrived.Base));
        Assert.Equal(model.Head.Inputs ?? [], arrived.Head.Inputs ?? []);
        Assert.Equal(model, arrived with { Head = model.Head }); // lists are equal where they are the same
    }

    [Fact]
    public void TheOrder_InWhichItIsMade_MakesNoDifference()
    {
        Assert.Equal(new ModelSpec { Base = "vit.onnx", Architecture = default }, new ModelSpec { Architecture = default, Base = "vit.onnx" });
        Assert.Equal(new ModelSpec(), new ModelSpec { Base = "vit.onnx" } with { Base = null });
        var head = new HeadSpec { Inputs = ["conv4_block2_out"] };
        var model = new ModelSpec { Architecture = ModelArchitecture.ResNet18, Head = head };
        Assert.Equal(model, new ModelSpec { Head = head, Architecture = ModelArchitecture.ResNet18 });
        Assert.Equal(ModelArchitecture.ResNet18, model.Architecture);
        Assert.Equal(ModelArchitecture.ResNet18, (model with { Head = new() }).Architecture);
        Assert.Equal(ModelArchitecture.ResNet34, (model with { Architecture = ModelArchitecture.ResNet34 }).Architecture);
        Assert.Equal(new ModelSpec { Base = "vit.onnx", Head = head }, new ModelSpec { Head = head, Base = "vit.onnx" });
        Assert.Equal(new ModelSpec { Head = head }, new ModelSpec { Head = head, Base = "vit.onnx" } with { Base = null });
    }

    /// <summary>It skips what it does not know: the base, so that a ResNet50 with random weights would be left.</summary>
    [Fact]
    public void ASiloThatKnowsNoBase_RefusesIt()
    {
        using var services = new ServiceCollection().AddSerializer().BuildServiceProvider();
        var sent = services.GetRequiredService<Serializer<ModelSpec>>().SerializeToArray(new() { Base = "vit.onnx" });

        var model = services.GetRequiredService<Serializer<ModelOfBefore>>().Deserialize(sent)!;

        Assert.Null(model.Weights);
        Assert.False(Enum.IsDefined(model.Architecture), "the rules refuse what is not defined");
    }

    /// <summary>It skips what it does not know: the inputs, so that a head on the last layer would be left.</summary>
    [Theory]
    [InlineData(ModelArchitecture.ResNet50)]
    [InlineData(ModelArchitecture.ResNext50x32x4d)]
    public void ASiloThatKnowsNoInputsOfAHead_RefusesThem(ModelArchitecture architecture)
    {
        using var services = new ServiceCollection().AddSerializer().BuildServiceProvider();
        var sent = services.GetRequiredService<Serializer<ModelSpec>>().SerializeToArray(new() { Architecture = architecture, Head = new() { Inputs = ["conv4_block6_out"] } });

        var model = services.GetRequiredService<Serializer<ModelOfBefore>>().Deserialize(sent)!;

        Assert.False(Enum.IsDefined(model.Architecture), "the rules refuse what is not defined");
    }

    /// <summary>As a model was before there were bases, as far as it matters here.</summary>
    [GenerateSerializer]
    internal sealed record ModelOfBefore
    {
        [Id(1)] public string? Weights { get; init; }

        [Id(5)] public ModelArchitecture Architecture { get; init; }
    }
}
