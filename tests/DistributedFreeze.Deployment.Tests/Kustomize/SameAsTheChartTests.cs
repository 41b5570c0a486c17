using DistributedFreeze.Deployment.Charts;
using DistributedFreeze.Deployment.Manifests;
using YamlDotNet.RepresentationModel;

namespace DistributedFreeze.Deployment.Kustomize;

/// <summary>Overlays and chart deploy the same.</summary>
public sealed class SameAsTheChartTests
{
    /// <summary>What the overlays leave out: Helm's bookkeeping.</summary>
    private static readonly string[] ChartOnly =
        ["helm.sh/chart", "helm.sh/resource-policy", "app.kubernetes.io/managed-by", "app.kubernetes.io/version"];

    [Theory]
    [InlineData("cpu", "api.existingSecret.name=distributed-freeze-api,redis.passwordSecret=distributed-freeze-redis,tls.existingSecret=distributed-freeze-tls")]
    [InlineData("gpu", "api.existingSecret.name=distributed-freeze-api,redis.passwordSecret=distributed-freeze-redis,tls.existingSecret=distributed-freeze-tls,pools.cpu.enabled=false,pools.gpu.enabled=true")]
    public void AnOverlay_DeploysWhatTheChartDoes(string overlay, string values)
    {
        var chart = ByName(Manifest.Read(Chart.Template(Chart.Folder, "distributed-freeze", "--set", values).Content()).Where(manifest => !manifest.IsHook));
        var kustomized = ByName(Deployed.Manifests($"overlay {overlay}"));

        Assert.Equal(chart.Keys, kustomized.Keys);
        Assert.All(chart, expected => Assert.Equal(expected.Value, kustomized[expected.Key]));
    }

    private static SortedDictionary<string, string> ByName(IEnumerable<Manifest> manifests) =>
        new(manifests.ToDictionary(manifest => manifest.ToString(), manifest => Canonical(manifest.Root, "")), StringComparer.Ordinal);

    // Keys in order, lists as they are, quotes gone, empty maps gone: what remains is what Kubernetes gets.
    private static string Canonical(YamlNode node, string indent) => node switch
    {
        YamlMappingNode map => string.Concat(
            from child in map.Children
            let key = ((YamlScalarNode)child.Key).Value!
            where !ChartOnly.Contains(key)
            let value = Canonical(child.Value, indent + "  ")
            where value.Length > 0
            orderby key
            select $"\n{indent}{key}:{value}"),
        YamlSequenceNode list => string.Concat(list.Select(item => $"\n{indent}-{Canonical(item, indent + "  ")}")),
        YamlScalarNode { Value: ['0', .. { Length: > 0 } digits] } mode when digits.All(char.IsAsciiDigit) => $" {Convert.ToInt32(mode.Value, 8)}", // 0440 of YAML; kubectl writes 288
        YamlScalarNode scalar => $" {scalar.Value}",
        _ => throw new ArgumentException($"{node} is no manifest's.", nameof(node)),
    };
}
