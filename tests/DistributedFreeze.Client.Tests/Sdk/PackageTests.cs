using System.Text.Json;

namespace DistributedFreeze.Client.Tests.Sdk;

/// <summary>What the package of the client brings along.</summary>
public sealed class PackageTests
{
    [Fact]
    public void TheClient_BringsNoTensorLibraryAndNoSilo()
    {
        // What restoring has resolved for the project, down to the last package: what a package of it asks for.
        using var assets = JsonDocument.Parse(File.ReadAllText(
            Path.Combine(ReadmeTests.Root(), "src", "DistributedFreeze.Client", "obj", "project.assets.json")));
        var names = assets.RootElement.GetProperty("libraries").EnumerateObject().Select(library => library.Name.Split('/')[0]).ToList();

        Assert.Contains("Microsoft.Orleans.Client", names);
        Assert.Contains("DistributedFreeze.Freezing", names);
        Assert.DoesNotContain(names, name => name.Contains("torch", StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(names, name => name.Contains("Onnx", StringComparison.OrdinalIgnoreCase) || name.Contains("Skia", StringComparison.Ordinal));
        Assert.DoesNotContain(names, name => name is "Microsoft.Orleans.Server" or "DistributedFreeze.Training" or "DistributedFreeze.Grains");
    }
}
