using System.Text.Json;
using System.Text.Json.Nodes;
using DistributedFreeze.Fields;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Tests.Runs;

public sealed class SpecJsonTests
{
    private static readonly RunSpec Whole = new()
    {
        Data = new() { Path = "images", Augmentation = new() { Flip = 0.5 } },
        Output = "out",
        Model = new() { Head = new() { Inputs = ["conv4_block6_out"] } },
        FeatureAugmentation = new() { Contrast = 0.5 },
        Phases =
        [
            .. new FreezePolicy[]
            {
                new FreezePolicy.LastLayers(10), new FreezePolicy.None(), new FreezePolicy.All(), new FreezePolicy.FromLayer("conv5_block1_1_conv"),
                new FreezePolicy.FromStage("conv5"), new FreezePolicy.Named(["conv5_*", "conv4_*_bn"]),
            }.Select(policy => new PhaseSpec { Freeze = policy }),
        ],
    };

    /// <summary>One dialect: a field of a run file is called the same in JSON, in camel case.</summary>
    [Fact]
    public void JSON_HasTheFieldsOfARunFile()
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        Walk(JsonSerializer.SerializeToNode(Whole, RunJson.Compact)!, "");

        Assert.Equal(RunFields.All.Select(field => field.Json).Order(StringComparer.Ordinal), found);

        void Walk(JsonNode? node, string path)
        {
            switch (node)
            {
                case JsonObject members when path != "phases[].optimizer.rates":
                    foreach (var (name, value) in members)
                    {
                        var inner = path.Length == 0 ? name : $"{path}.{name}";
                        found.Add(inner);
                        Walk(value, inner);
                    }

                    break;
                case JsonArray items:
                    foreach (var item in items)
                    {
                        Walk(item, $"{path}[]");
                    }

                    break;
                default:
                    break;
            }
        }
    }

    [Fact]
    public void ASpec_IsReadAsItWasWritten()
    {
        var read = JsonSerializer.Deserialize<RunSpec>(JsonSerializer.Serialize(Whole, RunJson.Stored), RunJson.Stored)!;

        Assert.Equal(Whole.Data, read.Data);
        foreach (var (written, phase) in Whole.Phases.Zip(read.Phases))
        {
            Assert.Equal(JsonSerializer.Serialize(written.Freeze), JsonSerializer.Serialize(phase.Freeze));
            Assert.Equal(written.Epochs, phase.Epochs);
        }

        Assert.Equal(RunSpecKey.Of(Whole), RunSpecKey.Of(read));
    }

    [Theory]
    [InlineData("""{"policy":"last","count":10}""", "\"unfreezeLayers\":10")]
    [InlineData("""{"policy":"none"}""", "\"unfreeze\":\"none\"")]
    [InlineData("""{"policy":"all"}""", "\"unfreeze\":\"all\"")]
    [InlineData("""{"policy":"from","layer":"conv5_block1_1_conv"}""", "\"from\":\"conv5_block1_1_conv\"")]
    [InlineData("""{"policy":"stage","stage":"conv5"}""", "\"stage\":\"conv5\"")]
    [InlineData("""{"policy":"layers","globs":["conv5_*","conv4_*"]}""", "\"layers\":[\"conv5_*\",\"conv4_*\"]")]
    public void APolicyThatWasStoredBefore_IsRead(string before, string now)
    {
        var phase = JsonSerializer.Deserialize<PhaseSpec>($$"""{"freeze":{{before}},"epochs":3}""", RunJson.Compact)!;

        Assert.StartsWith($$"""{{{now}},"epochs":3,""", JsonSerializer.Serialize(phase, RunJson.Compact), StringComparison.Ordinal);
    }

    [Fact]
    public void FieldsThatWereStoredBefore_AreRead()
    {
        var spec = JsonSerializer.Deserialize<RunSpec>(
            """
            {
              "data": { "path": "images", "preprocessing": "torch", "forcePreprocessing": true, "augmentation": { "flip": 0.5 } },
              "features": { "memoryBytes": 7, "diskBytes": 9 }, "output": "out", "phases": [],
              "classWeights": "none", "classFactors": { "rose": 2 }
            }
            """,
            RunJson.Compact)!;

        Assert.Equal((Preprocessing.Torch, true, 0.5), (spec.Data.Preprocessing, spec.Data.ForcePreprocessing, spec.Data.Augmentation!.Flip));
        Assert.Equal((7, 9), (spec.Features.MemoryBytes, spec.Features.DiskBytes));
        Assert.Equal(("rose", 2), (spec.ClassFactors.All[0].Name, spec.ClassFactors.All[0].Value));
        Assert.Contains("\"classWeights\":{\"rose\":2}", JsonSerializer.Serialize(spec, RunJson.Compact), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"balanced\"", ClassWeighting.Balanced, "")]
    [InlineData("""{"rose":2}""", ClassWeighting.None, "rose")]
    public void ClassWeights_AreANameOrFactors(string json, ClassWeighting weighting, string factors)
    {
        var spec = JsonSerializer.Deserialize<RunSpec>($$"""{"data":{"path":"x"},"output":"o","phases":[],"classWeights":{{json}}}""", RunJson.Compact)!;

        Assert.Equal((weighting, factors), (spec.ClassWeights, string.Join(',', spec.ClassFactors.IsEmpty ? [] : spec.ClassFactors.All.Select(factor => factor.Name))));
        Assert.Contains($"\"classWeights\":{json},", JsonSerializer.Serialize(spec, RunJson.Compact), StringComparison.Ordinal);
    }
}
