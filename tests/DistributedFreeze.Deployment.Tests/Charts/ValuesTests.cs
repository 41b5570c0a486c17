using System.Text.Json;
using System.Text.RegularExpressions;
using DistributedFreeze.Deployment.Tools;
using YamlDotNet.RepresentationModel;

namespace DistributedFreeze.Deployment.Charts;

public sealed class ValuesTests
{
    /// <summary>Keys whose values are maps or lists that a person fills: the schema describes what is in them by a rule, not by name.</summary>
    private static readonly string[] Filled = ["global"];

    [Fact]
    public void Schema_HasEveryValue_AndNothingElse()
    {
        using var schema = Schema();

        Assert.Equal(
            ValuePaths(Values(), "").Order(StringComparer.Ordinal),
            SchemaPaths(schema.RootElement, schema.RootElement, "").Except(Filled).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Schema_DescribesEveryValue_AsTheValuesDo()
    {
        using var schema = Schema();
        var comments = File.ReadLines(Chart.In("values.yaml")).Select(line => line.TrimStart()).Where(line => line.StartsWith("# -- ", StringComparison.Ordinal))
            .Select(line => line["# -- ".Length..]).ToHashSet(StringComparer.Ordinal);

        Assert.All(Described(schema.RootElement, schema.RootElement, ""), value => Assert.Contains(value.Description, comments));
    }

    [Fact]
    public void Schema_IsClosed()
    {
        using var schema = Schema();

        Assert.All(Objects(schema.RootElement, "#"), found => Assert.True(
            found.Schema.TryGetProperty("additionalProperties", out var others)
            && (others.ValueKind == JsonValueKind.False || others.ValueKind == JsonValueKind.Object),
            $"{found.Path} takes any key"));
    }

    [Theory]
    [InlineData("cluster", "probeSeconds", "ProbeSeconds")]
    [InlineData("cluster", "missedProbes", "MissedProbes")]
    [InlineData("cluster", "votes", "Votes")]
    [InlineData("cluster", "checkpointSeconds", "CheckpointSeconds")]
    [InlineData("shutdown", "seconds", "ShutdownSeconds")]
    public void Schema_HasTheRangesOfTheSilo(string section, string value, string setting)
    {
        using var schema = Schema();
        var range = schema.RootElement.GetProperty("properties").GetProperty(section).GetProperty("properties").GetProperty(value);
        var source = File.ReadAllText(RepositoryRoot.In("src/DistributedFreeze.Silo/Hosting/SiloOptions.cs"));
        var silos = Regex.Match(source, $@"\[Range\(([0-9._]+), ([0-9._]+)\)\]\s+public \w+ {setting} \{{ get;");

        Assert.True(silos.Success, $"{setting} has no range in SiloOptions");
        Assert.Equal(
            (silos.Groups[1].Value, silos.Groups[2].Value.Replace("_", "", StringComparison.Ordinal)),
            (range.GetProperty("minimum").GetRawText(), range.GetProperty("maximum").GetRawText()));
    }

    [Fact]
    public void Schema_TakesNoKeyThatTheSiloRefuses()
    {
        using var schema = Schema();
        var shortest = Regex.Match(File.ReadAllText(RepositoryRoot.In("src/DistributedFreeze.Silo/Http/ApiOptions.cs")), @"ShortestKey = ([0-9]+);");

        Assert.True(shortest.Success, "ApiOptions has no ShortestKey");
        Assert.Equal(
            shortest.Groups[1].Value,
            schema.RootElement.GetProperty("properties").GetProperty("api").GetProperty("properties").GetProperty("keys").GetProperty("items").GetProperty("minLength").GetRawText());
    }

    [Theory]
    [InlineData("pools: {cpu: {replica: 3}}", "replica")]
    [InlineData("pools: {tpu: {enabled: true}}", "tpu")]
    [InlineData("tls: {certmanager: {enabled: true}}", "certmanager")]
    [InlineData("monitoring: {alerts: {on: true}}", "alerts")]
    [InlineData("pools: {cpu: {resources: {limits: {cpus: '2', cpu: '2', memory: 1Gi}}}}", "cpus")]
    [InlineData("pools: {cpu: {tolerations: [{keys: a}]}}", "keys")]
    [InlineData("pools: {cpu: {replicas: 0}}", "replicas")]
    [InlineData("pools: {cpu: {replicas: two}}", "replicas")]
    [InlineData("pools: {cpu: {autoscaling: {by: memory}}}", "autoscaling.by")]
    [InlineData("cluster: {clustering: etcd}", "clustering")]
    [InlineData("cluster: {probeSeconds: 0}", "probeSeconds")]
    [InlineData("shutdown: {seconds: 0}", "shutdown.seconds")]
    [InlineData("image: {tag: latest}", "image.tag")]
    [InlineData("cluster: {checkpointSeconds: 0}", "checkpointSeconds")]
    [InlineData("api: {keys: [short]}", "api.keys")]
    [InlineData("monitoring: {runbookBase: docs.example}", "runbookBase")]
    [InlineData("monitoring: {otlp: collector:4317}", "otlp")]
    [InlineData("api: {authority: http://login.example}", "authority")]
    [InlineData("storage: {data: {size: lots}}", "size")]
    [InlineData("networkPolicy: {storeCidrs: [redis.example]}", "storeCidrs")]
    [InlineData("extraEnv: [{name: A, valueFrom: {}}]", "extraEnv")]
    public void AWrongValue_IsRefusedByName(string values, string name)
    {
        var refusal = Chart.Refusal(values);

        Assert.Contains("don't meet the specifications of the schema", refusal, StringComparison.Ordinal);
        Assert.Contains(name, refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cluster: {clustering: localhost}", "cluster.clustering is localhost, which is one silo, but the pools have up to 2")]
    [InlineData("cluster: {clustering: localhost}\npools: {cpu: {replicas: 1}, gpu: {enabled: true}}", "have up to 2")]
    [InlineData("cluster: {clustering: localhost}\npools: {cpu: {replicas: 1, autoscaling: {by: cpu, max: 3}}}", "have up to 3")]
    [InlineData("cluster: {clustering: adonet}", "postgresql.existingSecret must name the secret")]
    [InlineData("redis: {bundled: false}", "redis.existingSecret must name the secret")]
    [InlineData("redis: {existingSecret: mine}", "say redis.bundled: false as well")]
    [InlineData("cluster: {clustering: adonet}\npostgresql: {existingSecret: a}\nredis: {existingSecret: b}", "redis.existingSecret names a store that nothing would use, since cluster.clustering is adonet")]
    [InlineData("postgresql: {existingSecret: a}", "postgresql.existingSecret names a store that nothing would use, since cluster.clustering is redis")]
    [InlineData("storage: {data: {accessMode: ReadOnlyMany}}", "storage.data.accessMode is ReadOnlyMany, but the claim that the chart makes is empty")]
    [InlineData("storage: {outputs: {accessMode: ReadOnlyMany}}", "storage.outputs.accessMode is ReadOnlyMany")]
    [InlineData("storage: {outputs: {accessMode: ReadWriteOncePod}}", "storage.outputs.accessMode is ReadWriteOncePod, which is for one silo, but the pools have up to 2")]
    [InlineData("fullnameOverride: lab.freeze", "the services would be called lab.freeze")]
    [InlineData("fullnameOverride: 1st", "give a fullnameOverride of these")]
    [InlineData("podLabels: {distributed-freeze/pool: mine}", "podLabels has distributed-freeze/pool")]
    [InlineData("pools: {cpu: {enabled: false}}", "pools.cpu.enabled and pools.gpu.enabled are both false")]
    [InlineData("pools: {cpu: {autoscaling: {by: cpu, min: 5, max: 4}}}", "pools.cpu.autoscaling.min is 5 and must not be more than max, 4")]
    [InlineData("tls: {enabled: false, existingSecret: a}", "tls.existingSecret names certificates that nothing uses, since tls.enabled is false")]
    [InlineData("tls: {enabled: true, existingSecret: a, certManager: {enabled: true, issuer: {name: b}}}", "are both given")]
    [InlineData("tls: {enabled: false, certManager: {enabled: true, issuer: {name: b}}}", "say tls.enabled: true as well")]
    [InlineData("tls: {enabled: true, certManager: {enabled: true}}", "tls.certManager.issuer.name must name an issuer")]
    [InlineData("api: {keys: [0123456789abcdef0123], existingSecret: {name: a}}", "keep the keys in one place")]
    [InlineData("api: {audience: a}", "api.audience needs api.authority")]
    [InlineData("api: {authority: https://login.example}", "api.authority needs api.audience")]
    public void ValuesThatContradictOneAnother_AreRefused(string values, string reason) =>
        Assert.Contains(reason, Chart.Refusal(values), StringComparison.Ordinal);

    [Fact]
    public void Readme_IsCurrent()
    {
        var current = ExternalTool.Bash.Run(RepositoryRoot.In("helm/values-table.sh"), "--print").Content();

        Assert.True(File.ReadAllText(Chart.In("README.md")) == current, "helm/distributed-freeze/README.md is old; run helm/values-table.sh");
    }

    [Fact]
    public void Readme_HasEveryValue()
    {
        var readme = File.ReadAllText(Chart.In("README.md"));

        Assert.All(ValuePaths(Values(), ""), path => Assert.Contains($"\n| `{path}", readme, StringComparison.Ordinal));
    }

    private static JsonDocument Schema() => JsonDocument.Parse(File.ReadAllText(Chart.In("values.schema.json")));

    private static YamlMappingNode Values()
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(File.ReadAllText(Chart.In("values.yaml"))));
        return (YamlMappingNode)stream.Documents[0].RootNode;
    }

    // A map on one line is a value; one on several lines holds values.
    private static IEnumerable<string> ValuePaths(YamlNode node, string path) =>
        node is YamlMappingNode { Style: YamlDotNet.Core.Events.MappingStyle.Block } map
            ? map.Children.SelectMany(child => ValuePaths(child.Value, Join(path, ((YamlScalarNode)child.Key).Value!)))
            : [path];

    private static IEnumerable<string> SchemaPaths(JsonElement root, JsonElement schema, string path)
    {
        var resolved = Resolve(root, schema);
        return resolved.TryGetProperty("properties", out var properties) && !IsAmounts(properties)
            ? properties.EnumerateObject().SelectMany(property => SchemaPaths(root, property.Value, Join(path, property.Name)))
            : [path];
    }

    /// <summary>What has no description is a group, or is described where it is used.</summary>
    private static IEnumerable<(string Path, string Description)> Described(JsonElement root, JsonElement schema, string path)
    {
        if (schema.TryGetProperty("description", out var description))
        {
            return [(path, description.GetString()!)];
        }

        var resolved = Resolve(root, schema);
        return resolved.TryGetProperty("description", out description) ? [(path, description.GetString()!)]
            : resolved.TryGetProperty("properties", out var properties) ? properties.EnumerateObject().Where(property => !Filled.Contains(property.Name))
                .SelectMany(property => Described(root, property.Value, Join(path, property.Name)))
            : [(path, "")];
    }

    private static bool IsAmounts(JsonElement properties) => properties.TryGetProperty("memory", out _);

    private static JsonElement Resolve(JsonElement root, JsonElement schema) => schema.TryGetProperty("$ref", out var reference)
        ? root.GetProperty("$defs").GetProperty(reference.GetString()!["#/$defs/".Length..])
        : schema;

    private static IEnumerable<(string Path, JsonElement Schema)> Objects(JsonElement schema, string path)
    {
        if (schema.ValueKind != JsonValueKind.Object)
        {
            return [];
        }

        var isObject = schema.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && type.GetString() == "object";
        return (isObject && path != "#.properties.global" ? [(path, schema)] : Enumerable.Empty<(string, JsonElement)>())
            .Concat(schema.EnumerateObject().SelectMany(property => Objects(property.Value, $"{path}.{property.Name}")));
    }

    private static string Join(string path, string key) => path.Length == 0 ? key : $"{path}.{key}";
}
