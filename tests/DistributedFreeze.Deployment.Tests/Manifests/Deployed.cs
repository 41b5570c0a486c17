using System.Collections.Concurrent;
using DistributedFreeze.Deployment.Charts;
using DistributedFreeze.Deployment.Tools;

namespace DistributedFreeze.Deployment.Manifests;

/// <summary>Everything that the repository deploys, by name: the chart with each set of values, the overlays, the examples.</summary>
internal static class Deployed
{
    private static readonly ConcurrentDictionary<string, string> Texts = new();

    public static TheoryData<string> All => [.. Chart.ValueSets.Select(set => $"helm {set}"), .. Overlays, .. Examples];

    /// <summary>Those with silos in them.</summary>
    public static TheoryData<string> WithSilos => [.. Chart.ValueSets.Select(set => $"helm {set}"), .. Overlays];

    private static IEnumerable<string> Overlays => Names("k8s/overlays", Directory.EnumerateDirectories).Select(name => $"overlay {name}");

    private static IEnumerable<string> Examples => Names("k8s/examples", Directory.EnumerateFiles).Select(name => $"example {name}");

    /// <summary>Objects of one of <see cref="All"/>; without the tool that it takes, the test is skipped.</summary>
    public static IReadOnlyList<Manifest> Manifests(string name) => Manifest.Read(Text(name));

    /// <summary>Their text.</summary>
    public static string Text(string name) => Texts.GetOrAdd(name, _ => name.Split(' ') switch
    {
        ["helm", var set] => Chart.Render("--values", Chart.In("ci", $"{set}-values.yaml")),
        ["overlay", var overlay] => ExternalTool.Kubectl.Run("kustomize", RepositoryRoot.In("k8s/overlays", overlay)).Content(),
        ["example", var file] => File.ReadAllText(RepositoryRoot.In("k8s/examples", file)),
        _ => throw new ArgumentException($"'{name}' is not deployed.", nameof(name)),
    });

    private static IEnumerable<string> Names(string folder, Func<string, IEnumerable<string>> list) =>
        list(RepositoryRoot.In(folder)).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal);
}
