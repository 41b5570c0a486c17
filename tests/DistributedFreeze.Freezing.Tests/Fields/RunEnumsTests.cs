using System.Text.Json;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Tests.Fields;

public sealed class RunEnumsTests
{
    [Fact]
    public void Every_value_of_a_runs_fields_has_one_name()
    {
        foreach (var names in RunEnums.All)
        {
            Assert.Equal(Enum.GetValues(names.Type).Length, names.All.Length);
            Assert.Distinct(names.All);
            Assert.All(names.All, name => Assert.Matches("^[a-z][a-z0-9.-]*$", name));
        }

        Assert.DoesNotContain(typeof(RunSpec).Assembly.GetTypes(), type => type is { IsEnum: true, Namespace: "DistributedFreeze.Runs" } && RunEnums.Of(type) is null);
    }

    [Theory]
    [InlineData("""{"kind":"adamw"}""")]
    [InlineData("""{"kind":"adam-w"}""")]
    [InlineData("""{"kind":"ADAMW"}""")]
    [InlineData("""{"kind":2}""")]
    public void JSON_is_written_as_run_files_are_and_read_as_it_was_written_before(string json)
    {
        var optimizer = JsonSerializer.Deserialize<OptimizerSpec>(json, RunJson.Compact)!;

        Assert.Equal(OptimizerKind.AdamW, optimizer.Kind);
        Assert.Contains("\"kind\":\"adamw\"", JsonSerializer.Serialize(optimizer, RunJson.Compact), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"torchvision-v15\"", "\"torchvision-v1.5\"")]
    [InlineData("\"torchvision-v1.5\"", "\"torchvision-v1.5\"")]
    [InlineData("9", "9")]
    public void A_graph_is_read_by_both_names_and_by_number(string json, string written) =>
        Assert.Equal(written, JsonSerializer.Serialize(JsonSerializer.Deserialize<NetworkGraph>(json, RunJson.Stored), RunJson.Stored));

    [Theory]
    [InlineData("\"adam w\"")]
    [InlineData("1.5")]
    [InlineData("true")]
    public void Anything_else_is_no_value(string json) => Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<OptimizerKind>(json, RunJson.Compact));

    /// <summary>A new value gets a line here. None may change: checkpoints hold the keys of their runs.</summary>
    [Fact]
    public void Keys_of_runs_call_values_what_they_were_first_called() => Assert.Equal(
        """
        ModelArchitecture resnet50 resnet101 resnet152 resnet18 resnet34 wide-resnet50-2 resnext50-32x4d
        NetworkGraph keras-v1 torchvision-v15
        ResizeMode stretch crop imagenet
        ColorProfiles ignore apply
        Preprocessing caffe torch tf unit raw clip auto
        FeaturePooling avg cls none auto
        HeadInit zeros glorot
        OptimizerKind sgd adam adam-w
        DecayedParameters weights all
        ScheduleKind constant cosine one-cycle step plateau
        BatchNormMode inference train
        KeptEpoch best last
        EpochMeasure loss accuracy balanced-accuracy macro-f1
        FeatureType fp32 fp16 bf16
        PrefixEngine onnx torch
        PrefixProvider auto cpu cuda tensor-rt
        FeatureCacheMode auto on off
        ExchangeType fp32 bf16
        RunPrecision fp32 tf32 bf16
        ImageSampling shuffle balanced
        ClassWeighting none balanced
        """,
        string.Join('\n', RunEnums.All.Where(names => names.Type.Namespace == "DistributedFreeze.Runs" && names.Type != typeof(RunState))
            .Select(names => $"{names.Type.Name} {string.Join(' ', names.InKeys)}")));

    [Fact]
    public void Keys_of_features_and_masks_call_values_what_they_were_first_called()
    {
        Assert.Equal(["KerasV1", "TorchvisionV15"], Enum.GetValues<NetworkGraph>().Select(StableNames.Of));
        Assert.Equal(
            ["ResNet50", "ResNet18", "ResNet34", "ResNet101", "ResNet152", "WideResNet50x2", "ResNext50x32x4d"],
            Enum.GetValues<ModelArchitecture>().Select(StableNames.Of));
        Assert.Equal(["Stretch", "Crop", "Imagenet"], Enum.GetValues<ResizeMode>().Select(StableNames.Of));
        Assert.Equal(["Ignore", "Apply"], Enum.GetValues<ColorProfiles>().Select(StableNames.Of));
        Assert.Equal(["Caffe", "Torch", "Tf", "Unit", "Raw", "Clip"], Enum.GetValues<Preprocessing>().Where(one => one != Preprocessing.Auto).Select(StableNames.Of));
        Assert.Equal(["Avg", "Cls", "None"], Enum.GetValues<FeaturePooling>().Where(one => one != FeaturePooling.Auto).Select(StableNames.Of));
        Assert.Equal(["Fp32", "Fp16", "Bf16"], Enum.GetValues<FeatureType>().Select(StableNames.Of));
        Assert.Equal(["cpu", "cuda", "tensorrt"], Enum.GetValues<PrefixProvider>().Where(one => one != PrefixProvider.Auto).Select(StableNames.Of));
    }
}
