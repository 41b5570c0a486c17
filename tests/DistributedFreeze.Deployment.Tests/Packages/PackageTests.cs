using System.IO.Compression;
using System.Xml.Linq;
using DistributedFreeze.Deployment.Tools;

namespace DistributedFreeze.Deployment.Packages;

/// <summary>The packages that the docs name: they are made, and the samples build and run from nothing else.</summary>
[Slow]
public sealed class PackageTests : IDisposable
{
    private static readonly string[] Expected = ["Abstractions", "Cli", "Client", "Coordination", "Data", "Evaluation", "Exchange", "Freezing", "Inference", "Protocol", "Serving", "Specs", "Training"];

    private readonly TemporaryFolder _feed = new();

    [Fact]
    public void TheSamples_BuildAndRunFromTheFeed()
    {
        var said = ExternalTool.Bash.Run(RepositoryRoot.In("samples/build.sh"), Configuration, _feed.Path);

        Assert.True(said.ExitCode == 0, said.Output + said.Error);
        Assert.Contains("run1/model.onnx: does not exist", said.Output, StringComparison.Ordinal); // ONNX Runtime has been loaded by then
        Assert.Equal(
            Expected.Select(name => $"DistributedFreeze.{name}"),
            Directory.EnumerateFiles(_feed.Path, "*.nupkg").Select(Path.GetFileName).Order(StringComparer.Ordinal).Select(file => string.Join('.', file!.Split('.')[..2])));
        Assert.All(Directory.EnumerateFiles(_feed.Path, "*.nupkg").ToList(), Check);
    }

    public void Dispose() => _feed.Dispose();

    /// <summary>That of the tests, in which the solution is built.</summary>
    private static string Configuration => AppContext.BaseDirectory.Contains("/Debug/", StringComparison.Ordinal) ? "Debug" : "Release";

    private static void Check(string path)
    {
        Assert.True(File.Exists(Path.ChangeExtension(path, ".snupkg")), $"{path} has no symbols");
        using var package = ZipFile.OpenRead(path);
        Assert.NotNull(package.GetEntry("README.md"));
        using var stream = package.Entries.Single(entry => entry.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        var metadata = XDocument.Load(stream).Root!.Elements().Single();
        string? Text(string name) => metadata.Elements().SingleOrDefault(element => element.Name.LocalName == name)?.Value;
        Assert.Equal("MIT", Text("license"));
        Assert.Equal("README.md", Text("readme"));
        Assert.NotEmpty(Text("description")!);

        var needed = metadata.Descendants().Where(element => element.Name.LocalName == "dependency").Select(element => element.Attribute("id")!.Value).ToList();
        // Data, Serving and Training take it through Inference; a package names what it takes so, too, with the pinned version.
        Assert.Equal(Text("id") is "DistributedFreeze.Data" or "DistributedFreeze.Inference" or "DistributedFreeze.Serving" or "DistributedFreeze.Training", needed.Contains("Microsoft.ML.OnnxRuntime"));
        Assert.Equal(Text("id") == "DistributedFreeze.Training", needed.Contains("TorchSharp"));
        Assert.DoesNotContain("TorchSharp-cpu", needed);
    }
}
