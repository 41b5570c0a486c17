using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;

namespace DistributedFreeze.Client.Tests.Architecture;

/// <summary>References between namespaces and between projects point down only.</summary>
public sealed class NamespaceTests
{
    /// <summary>Each project may reference those before it.</summary>
    private static readonly string[] BottomUp = ["Abstractions", "Protocol", "Freezing", "Specs", "Exchange", "Evaluation", "Coordination", "Inference", "Serving", "Data", "Grains", "Training", "Client", "Silo", "Cli"];

    private static readonly Lazy<NamespaceGraph> Graph = new(() => NamespaceGraph.Of(BottomUp.Select(AssemblyOf)));

    [Fact]
    public void NamespacesFormNoCycle()
    {
        var graph = Graph.Value;

        var cycles = graph.Namespaces.Select(name => graph.Path(name, name)).OfType<string>().ToList();

        Assert.True(cycles.Count == 0, string.Join("\n\n", cycles));
    }

    [Fact]
    public void NoProject_ReferencesOneAboveIt()
    {
        var source = RepositoryRoot.In("src");
        Assert.Equal(BottomUp.Order(), Directory.EnumerateFiles(source, "*.csproj", SearchOption.AllDirectories).Select(NameOf).Order());

        var up = from project in BottomUp
                 let file = XDocument.Load(Path.Combine(source, $"DistributedFreeze.{project}", $"DistributedFreeze.{project}.csproj"))
                 from reference in file.Descendants("ProjectReference").Select(reference => NameOf(reference.Attribute("Include")!.Value))
                 where Array.IndexOf(BottomUp, reference) >= Array.IndexOf(BottomUp, project)
                 select $"{project} -> {reference}";

        Assert.Empty(up);
    }

    [Theory]
    [InlineData("Client", "TorchSharp")]
    [InlineData("Coordination", "Microsoft.ML.OnnxRuntime")]
    [InlineData("Coordination", "SkiaSharp")]
    [InlineData("Coordination", "TorchSharp")]
    [InlineData("Data", "TorchSharp")]
    [InlineData("Grains", "TorchSharp")]
    [InlineData("Inference", "TorchSharp")]
    [InlineData("Inference", "Orleans.Core")]
    [InlineData("Specs", "Orleans.Core")]
    [InlineData("Serving", "Orleans.Core")]
    [InlineData("Serving", "TorchSharp")]
    [InlineData("Specs", "TorchSharp")]
    public void AProject_IsBuiltWithoutALibraryThatItsUsersDoNotNeed(string project, string library)
    {
        Assert.Contains("TorchSharp", ReferencedBy(AssemblyOf("Training")));

        Assert.DoesNotContain(library, ReferencedBy(AssemblyOf(project)));
    }

    /// <summary>The names of all assemblies that one references, itself or through those beside it.</summary>
    private static HashSet<string> ReferencedBy(string assembly)
    {
        var found = new HashSet<string>();
        var waiting = new Queue<string>([assembly]);
        while (waiting.TryDequeue(out var file))
        {
            using var image = new PEReader(File.OpenRead(file));
            var metadata = image.GetMetadataReader();
            foreach (var name in metadata.AssemblyReferences.Select(reference => metadata.GetString(metadata.GetAssemblyReference(reference).Name)).Where(found.Add))
            {
                var beside = Path.Combine(AppContext.BaseDirectory, $"{name}.dll");
                if (File.Exists(beside))
                {
                    waiting.Enqueue(beside);
                }
            }
        }

        return found;
    }

    private static string NameOf(string project) => Path.GetFileNameWithoutExtension(project)["DistributedFreeze.".Length..];

    private static string AssemblyOf(string project) =>
        Path.Combine(AppContext.BaseDirectory, project == "Cli" ? "dfreeze.dll" : $"DistributedFreeze.{project}.dll");
}
