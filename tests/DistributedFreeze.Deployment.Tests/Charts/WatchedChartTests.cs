using DistributedFreeze.Deployment.Manifests;
using k8s.Models;
using YamlDotNet.RepresentationModel;

namespace DistributedFreeze.Deployment.Charts;

/// <summary>What the chart brings for those who watch it.</summary>
public sealed class WatchedChartTests
{
    private const string Watched = "monitoring: {serviceMonitor: {enabled: true}, alerts: {enabled: true}, dashboards: {enabled: true}}";

    private static readonly string[] Kinds = ["ServiceMonitor", "PrometheusRule", "ConfigMap"];

    [Fact]
    public void ByDefault_ThereIsNothingForOperators() =>
        Assert.DoesNotContain(Deployed.Manifests("helm default"), manifest => Kinds.Contains(manifest.Kind));

    [Fact]
    public void TheServiceMonitor_ReadsTheHttpServiceAlone()
    {
        var manifests = Deployed.Manifests("helm monitoring-on");
        var monitor = Assert.Single(manifests, manifest => manifest.Kind == "ServiceMonitor");
        var selector = Assert.IsType<YamlMappingNode>(monitor.At("spec", "selector", "matchLabels"));

        var service = Assert.Single(
            manifests.Select(manifest => manifest.Object).OfType<V1Service>(),
            service => selector.All(label =>
                service.Metadata.Labels.TryGetValue(((YamlScalarNode)label.Key).Value!, out var value) && value == ((YamlScalarNode)label.Value).Value));
        var endpoint = Assert.IsType<YamlMappingNode>(Assert.Single(Assert.IsType<YamlSequenceNode>(monitor.At("spec", "endpoints"))));
        Assert.Equal(service.Spec.Ports.Single().Name, endpoint["port"].ToString());
        Assert.Equal("/metrics", endpoint["path"].ToString());
        Assert.Equal("prometheus", monitor.Text("metadata", "labels", "release"));
    }

    [Fact]
    public void MetricsOnAPortOfTheirOwn_AreReadThere()
    {
        var manifests = Chart.With("monitoring: {port: 9464, serviceMonitor: {enabled: true}}");
        var silo = DeployedPod.In(manifests).Single(pod => pod.IsSilo);
        var monitor = Assert.Single(manifests, manifest => manifest.Kind == "ServiceMonitor");
        var endpoint = Assert.IsType<YamlMappingNode>(Assert.Single(Assert.IsType<YamlSequenceNode>(monitor.At("spec", "endpoints"))));
        var service = Assert.Single(manifests.Select(manifest => manifest.Object).OfType<V1Service>(), service => service.Spec.Ports.Any(port => port.Name == "http"));

        Assert.Equal("9464", silo.Variable("DistributedFreeze__MetricsPort"));
        Assert.Equal("metrics", endpoint["port"].ToString());
        Assert.Equal("metrics", service.Spec.Ports.Single(port => port.Port == 9464).Name);
        Assert.Equal(9464, silo.Spec.Containers[0].Ports.Single(port => port.Name == "metrics").ContainerPort);
    }

    [Fact]
    public void EveryDashboard_IsAConfigMapAsItStands()
    {
        const string Dashboard = "{\n  \"title\": \"{{ not Helm's }}\",\n  \"uid\": \"a\"\n}\n";
        using var folder = new TemporaryFolder();
        var chart = WithFiles(folder, ("dashboards/Run_one.json", Dashboard), ("dashboards/two.json", "{}\n"));

        var maps = Chart.With(Watched, chart).Select(manifest => manifest.Object).OfType<V1ConfigMap>().ToList();

        Assert.Equal(2, maps.Count);
        Assert.All(maps, map => Assert.Equal("1", map.Metadata.Labels["grafana_dashboard"]));
        Assert.Equal(Dashboard.Trim(), maps.Single(map => map.Metadata.Name == "freeze-distributed-freeze-dashboard-run-one").Data["Run_one.json"]);
    }

    [Fact]
    public void EveryAlert_IsInOnePrometheusRuleAsItStands()
    {
        using var folder = new TemporaryFolder();
        var chart = WithFiles(
            folder,
            ("alerts/a.yaml", "groups:\n  - name: one\n    rules:\n      - alert: A\n        expr: up == 0\n        annotations: {summary: '{{ $labels.pod }}'}\n"),
            ("alerts/b.yaml", "groups:\n  - name: two\n    rules: []\n"));

        var rule = Assert.Single(Chart.With(Watched, chart), manifest => manifest.Kind == "PrometheusRule");
        var groups = Assert.IsType<YamlSequenceNode>(rule.At("spec", "groups"));

        Assert.Equal(["one", "two"], groups.Select(group => group["name"].ToString()));
        Assert.Equal("{{ $labels.pod }}", groups[0]["rules"][0]["annotations"]["summary"].ToString());
    }

    [Fact]
    public void EveryRunbookLink_BeginsWithTheValue()
    {
        var texts = Deployed.Text("helm monitoring-on").Split('\n').Where(line => line.Contains("runbook_url:", StringComparison.Ordinal)).ToList();

        Assert.NotEmpty(texts);
        Assert.All(texts, line => Assert.Contains("runbook_url: https://docs.example/distributed-freeze/runbook.md#", line, StringComparison.Ordinal));
        Assert.Contains("runbook_url: runbook.md#", Chart.Render("--set", "monitoring.alerts.enabled=true"), StringComparison.Ordinal);
    }

    [Fact]
    public void Traces_GoToTheCollector_WhichThePolicyLetsThemReach()
    {
        var manifests = Deployed.Manifests("helm monitoring-on");
        var policy = manifests.Select(manifest => manifest.Object).OfType<V1NetworkPolicy>().First(found => found.Metadata.Name.EndsWith("-silos", StringComparison.Ordinal));

        Assert.Equal("http://collector.monitoring.svc:4317", DeployedPod.In(manifests).First(pod => pod.IsSilo).Variable("DistributedFreeze__Otlp"));
        Assert.Contains(policy.Spec.Egress, rule => rule.Ports.Any(port => port.Port.Value == "4317"));
        Assert.DoesNotContain("__Otlp", Deployed.Text("helm default"), StringComparison.Ordinal);
    }

    [Fact]
    public void AFileOfAlertsWithoutGroups_IsRefusedByName()
    {
        using var folder = new TemporaryFolder();
        var chart = WithFiles(folder, ("alerts/broken.yaml", "rules: []\n"));

        Assert.Contains("files/alerts/broken.yaml has no groups", Chart.Refusal(Watched, chart), StringComparison.Ordinal);
    }

    [Fact]
    public void WithoutFiles_ThereAreNoAlertsAndNoDashboards()
    {
        using var folder = new TemporaryFolder();

        Assert.DoesNotContain(Chart.With(Watched, WithFiles(folder)), manifest => manifest.Kind is "PrometheusRule" or "ConfigMap");
    }

    private static string WithFiles(TemporaryFolder folder, params (string Path, string Text)[] files)
    {
        var chart = folder.Copy(Chart.Folder);
        Directory.Delete(Path.Combine(chart, "files"), recursive: true);
        foreach (var (path, text) in files)
        {
            folder.Write(Path.Combine(chart, "files", path), text);
        }

        return chart;
    }
}
