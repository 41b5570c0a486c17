using System.Xml.Linq;
using DistributedFreeze.Deployment.Manifests;
using DistributedFreeze.Deployment.Tools;
using YamlDotNet.Serialization;

namespace DistributedFreeze.Deployment.Charts;

public sealed class ChartTests
{
    public static TheoryData<string> ValueSets => [.. Chart.ValueSets];

    [Theory]
    [MemberData(nameof(ValueSets))]
    public void Lint_HasNoComplaint(string valueSet)
    {
        var said = ExternalTool.Helm.Run("lint", "--strict", "--values", Chart.In("ci", $"{valueSet}-values.yaml"), Chart.Folder).Content();

        Assert.Contains("0 chart(s) failed", said, StringComparison.Ordinal);
        Assert.DoesNotContain("[WARNING]", said, StringComparison.Ordinal);
    }

    [Fact]
    public void TheVersions_AreTheProducts()
    {
        var product = XDocument.Load(RepositoryRoot.In("Directory.Build.props")).Descendants("Version").Single().Value;
        var chart = new Deserializer().Deserialize<Dictionary<string, object>>(File.ReadAllText(Chart.In("Chart.yaml")));

        Assert.Equal(product, chart["appVersion"]);
        Assert.Equal(product, chart["version"]);
    }

    [Fact]
    public void ALongReleaseName_LeavesRoomForEverySuffix()
    {
        var gpu = Chart.In("ci/gpu-values.yaml");
        var manifests = Manifest.Read(Chart.Template(Chart.Folder, new string('a', 53), "--values", gpu).Content());

        Assert.All(manifests, manifest => Assert.InRange(manifest.Name.Length, 1, 63));
        // The set's name and a hash of ten characters are one label of its pods.
        Assert.All(manifests.Where(manifest => manifest.Kind == "StatefulSet"), set => Assert.InRange(set.Name.Length, 1, 52));
    }

    [Fact]
    public void AReleaseNamedForTheChart_IsNotNamedTwice() => Assert.Contains(
        Manifest.Read(Chart.Template(Chart.Folder, "distributed-freeze").Content()),
        manifest => manifest.ToString() == "StatefulSet/distributed-freeze-cpu");

    [Fact]
    public void Notes_SayWhatToTypeNext()
    {
        var said = Notes("cluster: {id: lab}");

        Assert.Contains("helm test freeze -n lab", said, StringComparison.Ordinal);
        Assert.Contains("port-forward -n lab service/freeze-distributed-freeze-gateway 30000:30000", said, StringComparison.Ordinal);
        Assert.Contains("--cluster 127.0.0.1:30000 --cluster-id lab", said, StringComparison.Ordinal);
        Assert.Contains("kubectl get secret -n lab freeze-distributed-freeze-api", said, StringComparison.Ordinal);
        Assert.Contains("port-forward -n lab service/freeze-distributed-freeze 8080:8080", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", "freeze-distributed-freeze-data", "distributed-freeze:0.1.0")]
    [InlineData("storage: {data: {existingClaim: photos}}\nimage: {repository: a/b}", "photos", "a/b:0.1.0")]
    public void Notes_SayHowImagesGetToTheSilos_ByAPodOfTheirClaim(string values, string claim, string image)
    {
        var line = Notes(values).Split('\n').Single(line => line.TrimStart().StartsWith("sed ", StringComparison.Ordinal));
        var command = line[..line.IndexOf(" | kubectl apply", StringComparison.Ordinal)];

        var pod = Assert.Single(DeployedPod.In(Manifest.Read(ExternalTool.Bash.RunIn(RepositoryRoot.In("."), "-c", command).Content()))).Spec;

        Assert.Equal(claim, Assert.Single(pod.Volumes).PersistentVolumeClaim.ClaimName);
        Assert.Equal(image, Assert.Single(pod.Containers).Image);
    }

    [Fact]
    public void Notes_FindAKeyWhoseNameHasDots() => Assert.Contains(
        "jsonpath='{.data.alice\\.key}'", Notes("api: {existingSecret: {name: keys, keys: [alice.key]}}"), StringComparison.Ordinal);

    [Fact]
    public void Package_HoldsNoTestValues()
    {
        using var folder = new TemporaryFolder();
        ExternalTool.Helm.Run("package", Chart.Folder, "--destination", folder.Path).Content();
        var package = Assert.Single(Directory.GetFiles(folder.Path, "distributed-freeze-*.tgz"));

        using var reader = new System.Formats.Tar.TarReader(
            new System.IO.Compression.GZipStream(File.OpenRead(package), System.IO.Compression.CompressionMode.Decompress));
        var names = new List<string>();
        while (reader.GetNextEntry() is { } entry)
        {
            names.Add(entry.Name);
        }

        Assert.Contains("distributed-freeze/values.schema.json", names);
        Assert.DoesNotContain(names, name => name.Contains("/ci/", StringComparison.Ordinal) || name.EndsWith(".gitkeep", StringComparison.Ordinal));
    }

    private static string Notes(string values)
    {
        // helm template does not show notes, and a dry run of an install asks a cluster: so they are rendered as a ConfigMap's text.
        using var folder = new TemporaryFolder();
        var chart = folder.Copy(Chart.Folder);
        var notes = File.ReadAllText(Path.Combine(chart, "templates/NOTES.txt"));
        File.WriteAllText(
            Path.Combine(chart, "templates/_notes.tpl"), $"{{{{- define \"notes\" -}}}}\n{notes}\n{{{{- end -}}}}");
        File.WriteAllText(
            Path.Combine(chart, "templates/notes.yaml"),
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: notes\ndata:\n  notes: |-\n{{ include \"notes\" . | indent 4 }}\n");

        return Assert.Single(Chart.With(values, chart), manifest => manifest.Name == "notes").Text("data", "notes");
    }
}
