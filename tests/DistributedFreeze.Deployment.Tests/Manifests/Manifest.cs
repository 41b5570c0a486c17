using k8s;
using YamlDotNet.RepresentationModel;

namespace DistributedFreeze.Deployment.Manifests;

/// <summary>One object that is to be deployed.</summary>
internal sealed class Manifest
{
    // Kinds of the Prometheus operator, KEDA and cert-manager have no class here.
    private static readonly string[] Foreign = ["monitoring.coreos.com/v1", "keda.sh/v1alpha1", "cert-manager.io/v1"];

    private Manifest(string text, YamlMappingNode root)
    {
        Root = root;
        Object = Foreign.Contains(Text("apiVersion")) ? null : Assert.Single(KubernetesYaml.LoadAllFromString(text, null, strict: true));
    }

    /// <summary>What stands there.</summary>
    public YamlMappingNode Root { get; }

    /// <summary>The same as an object of the API, strictly read; null where another API defines it.</summary>
    public object? Object { get; }

    public string Kind => Text("kind");

    public string Name => Text("metadata", "name");

    /// <summary>Whether Helm deploys it only for <c>helm test</c>.</summary>
    public bool IsHook => At("metadata", "annotations", "helm.sh/hook") is not null;

    /// <summary>Reads every object of a text.</summary>
    public static IReadOnlyList<Manifest> Read(string text) =>
    [
        .. from part in ("\n" + text).Split("\n---\n")
           let root = Parse(part)
           where root is not null
           select new Manifest(part, root),
    ];

    /// <summary>The text at a path of keys; a path that leads nowhere fails the test.</summary>
    public string Text(params string[] path) => Assert.IsType<YamlScalarNode>(At(path)).Value ?? "";

    /// <summary>What is at a path of keys, or null.</summary>
    public YamlNode? At(params ReadOnlySpan<string> path)
    {
        YamlNode? node = Root;
        foreach (var key in path)
        {
            node = node is YamlMappingNode map && map.Children.TryGetValue(key, out var next) ? next : null;
        }

        return node;
    }

    public override string ToString() => $"{Kind}/{Name}";

    private static YamlMappingNode? Parse(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return stream.Documents.Count == 0 ? null : stream.Documents[0].RootNode as YamlMappingNode;
    }
}
