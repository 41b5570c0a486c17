using System.Text.Json;

namespace DistributedFreeze.Client.Tests.Sdk;

/// <summary>What the packages bring along.</summary>
public sealed class PackageTests
{
    [Fact]
    public void TheClient_BringsNoTensorLibraryAndNoSilo()
    {
        var names = BroughtBy("DistributedFreeze.Client");

        Assert.Contains("Microsoft.Orleans.Client", names);
        Assert.Contains("DistributedFreeze.Freezing", names);
        Assert.DoesNotContain(names, name => name.Contains("torch", StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(names, name => name.Contains("Onnx", StringComparison.OrdinalIgnoreCase) || name.Contains("Skia", StringComparison.Ordinal));
        Assert.DoesNotContain(names, name => name is "Microsoft.Orleans.Server" or "DistributedFreeze.Training" or "DistributedFreeze.Grains");
    }

    [Fact]
    public void TheClassifier_BringsOnnxRuntimeAndNothingThatTrains()
    {
        var names = BroughtBy("DistributedFreeze.Inference");

        Assert.Contains("Microsoft.ML.OnnxRuntime", names);
        Assert.DoesNotContain(names, name => name.Contains("torch", StringComparison.OrdinalIgnoreCase));
        Assert.Equal(
            ["DistributedFreeze.Abstractions", "DistributedFreeze.Freezing"],
            names.Where(name => name.StartsWith("DistributedFreeze.", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void TheReaderOfRunFiles_BringsNoClusterAndNothingThatComputes()
    {
        var names = BroughtBy("DistributedFreeze.Specs");

        Assert.Equal(
            ["DistributedFreeze.Abstractions", "DistributedFreeze.Freezing"],
            names.Where(name => name.StartsWith("DistributedFreeze.", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Equal(
            ["Microsoft.Orleans.Analyzers", "Microsoft.Orleans.CodeGenerator", "Microsoft.Orleans.Serialization", "Microsoft.Orleans.Serialization.Abstractions"],
            names.Where(name => name.StartsWith("Microsoft.Orleans.", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(names, name => name.Contains("torch", StringComparison.OrdinalIgnoreCase) || name.Contains("Onnx", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void TheRunDriver_BringsNothingThatComputes()
    {
        var names = BroughtBy("DistributedFreeze.Coordination");

        Assert.DoesNotContain(names, name => name.Contains("torch", StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(names, name => name.Contains("Onnx", StringComparison.OrdinalIgnoreCase) || name.Contains("Skia", StringComparison.Ordinal));
        Assert.Equal(
            ["DistributedFreeze.Abstractions", "DistributedFreeze.Evaluation", "DistributedFreeze.Exchange", "DistributedFreeze.Freezing", "DistributedFreeze.Protocol"],
            names.Where(name => name.StartsWith("DistributedFreeze.", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("DistributedFreeze.Data")]
    [InlineData("DistributedFreeze.Grains")]
    public void ASiloThatOnlyCoordinates_BringsNothingThatTrains(string project)
    {
        var names = BroughtBy(project);

        Assert.Contains("DistributedFreeze.Coordination", names);
        Assert.DoesNotContain(names, name => name.Contains("torch", StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain("DistributedFreeze.Training", names);
    }

    /// <summary>What restoring has resolved for a project, down to the last package: what a package of it asks for.</summary>
    private static List<string> BroughtBy(string project)
    {
        using var assets = JsonDocument.Parse(File.ReadAllText(RepositoryRoot.In("src", project, "obj", "project.assets.json")));
        return [.. assets.RootElement.GetProperty("libraries").EnumerateObject().Select(library => library.Name.Split('/')[0])];
    }
}
