using DistributedFreeze.Deployment.Manifests;
using DistributedFreeze.Deployment.Tools;

namespace DistributedFreeze.Deployment.Charts;

/// <summary>The chart of the repository.</summary>
internal static class Chart
{
    /// <summary>The release that tests render.</summary>
    public const string Release = "freeze";

    public static string Folder { get; } = RepositoryRoot.In("helm/distributed-freeze");

    /// <summary>Names of the sets of values in <c>ci</c>.</summary>
    public static IReadOnlyList<string> ValueSets { get; } =
    [
        .. Directory.EnumerateFiles(In("ci"), "*-values.yaml")
            .Select(file => Path.GetFileName(file)[..^"-values.yaml".Length])
            .Order(StringComparer.Ordinal),
    ];

    public static string In(params ReadOnlySpan<string> parts) => Path.Combine([Folder, .. parts]);

    /// <summary>What Helm makes of the chart.</summary>
    public static string Render(params IEnumerable<string> arguments) => Template(Folder, Release, arguments).Content();

    /// <summary>Objects that Helm makes of the chart with some values, given as YAML.</summary>
    public static IReadOnlyList<Manifest> With(string values, string? chart = null)
    {
        using var folder = new TemporaryFolder();
        return Manifest.Read(Template(chart ?? Folder, Release, "--values", folder.Write("values.yaml", values)).Content());
    }

    /// <summary>What Helm says of values, given as YAML, that it must refuse.</summary>
    public static string Refusal(string values, string? chart = null)
    {
        using var folder = new TemporaryFolder();
        return Template(chart ?? Folder, Release, "--values", folder.Write("values.yaml", values)).Refusal();
    }

    /// <summary>Runs <c>helm template</c>.</summary>
    public static ToolResult Template(string chart, string release, params IEnumerable<string> arguments) => ExternalTool.Helm.Run(
        ["template", release, chart, "--namespace", "lab", "--kube-version", "1.33.0", .. arguments]);
}
