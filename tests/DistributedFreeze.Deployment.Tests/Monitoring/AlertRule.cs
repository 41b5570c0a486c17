using System.Collections.Immutable;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace DistributedFreeze.Deployment.Monitoring;

/// <summary>A rule of the chart's, for an alert or for a series that alerts are made of.</summary>
internal sealed class AlertRule
{
    /// <summary>Name of the alert; null for a series.</summary>
    public string? Alert { get; set; }

    /// <summary>Name of the series; null for an alert.</summary>
    public string? Record { get; set; }

    public string Expr { get; set; } = "";

    public string For { get; set; } = "";

    public Dictionary<string, string> Labels { get; set; } = [];

    public Dictionary<string, string> Annotations { get; set; } = [];

    /// <summary>The folder of the chart's rule files.</summary>
    public static string Folder => RepositoryRoot.In("helm", "distributed-freeze", "files", "alerts");

    /// <summary>All rules of the chart.</summary>
    public static ImmutableArray<AlertRule> All()
    {
        var yaml = new DeserializerBuilder().WithNamingConvention(UnderscoredNamingConvention.Instance).Build();
        return
        [
            .. Directory.GetFiles(Folder, "*.yaml").Order(StringComparer.Ordinal)
                .SelectMany(file => yaml.Deserialize<RuleFile>(File.ReadAllText(file)).Groups)
                .SelectMany(group => group.Rules),
        ];
    }

    private sealed class RuleFile
    {
        public List<RuleGroup> Groups { get; set; } = [];
    }

    private sealed class RuleGroup
    {
        public string Name { get; set; } = "";

        public List<AlertRule> Rules { get; set; } = [];
    }
}
