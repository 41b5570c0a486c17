using DistributedFreeze.Deployment.Charts;
using k8s.Models;

namespace DistributedFreeze.Deployment.Manifests;

public sealed class NetworkPolicyTests
{
    private const int Http = 8080;
    private const int Silo = 11111;
    private const int Exchange = 11112;
    private const int Gateway = 30000;
    private const int Redis = 6379;

    private static readonly Dictionary<string, string> Nobody = [];
    private static readonly Dictionary<string, string> Dns = new() { ["k8s-app"] = "kube-dns" };

    public static TheoryData<string> WithBundledRedis => ["helm default", "helm gpu", "helm tls", "overlay cpu", "overlay gpu"];

    [Theory]
    [MemberData(nameof(WithBundledRedis))]
    public void OnlySilos_ReachSilosForTheirOwnTalk(string deployment)
    {
        var (rules, silo, redis, client) = Read(deployment);

        Assert.All([Silo, Exchange], port =>
        {
            Assert.True(rules.LetsIn(silo, port, silo));
            Assert.True(rules.LetsOut(silo, silo, port));
            Assert.All([redis, client, Nobody], other => Assert.False(rules.LetsIn(silo, port, other)));
            Assert.False(rules.LetsIn(silo, port, silo, fromNamespace: "other"));
            Assert.False(rules.LetsIn(silo, port, Nobody, fromNamespace: "monitoring"));
        });
    }

    [Theory]
    [MemberData(nameof(WithBundledRedis))]
    public void OnlyClients_ReachTheGateway(string deployment)
    {
        var (rules, silo, redis, client) = Read(deployment);

        Assert.True(rules.LetsIn(silo, Gateway, client));
        Assert.All([redis, Nobody], other => Assert.False(rules.LetsIn(silo, Gateway, other)));
        Assert.False(rules.LetsIn(silo, Gateway, Nobody, fromNamespace: "monitoring"));
        Assert.False(rules.LetsIn(silo, Gateway, client, fromNamespace: "other"));
    }

    [Fact]
    public void MetricsOnAPortOfTheirOwn_AreAllThatMonitoringReaches()
    {
        const int Metrics = 9464;
        var manifests = Chart.With("monitoring: {port: 9464}");
        var (rules, silo) = (new NetworkRules(manifests), DeployedPod.In(manifests).First(pod => pod.IsSilo).Labels);

        Assert.True(rules.LetsIn(silo, Metrics, Nobody, fromNamespace: "monitoring"));
        Assert.False(rules.LetsIn(silo, Http, Nobody, fromNamespace: "monitoring"));
        Assert.False(rules.LetsIn(silo, Metrics, Nobody));
    }

    [Theory]
    [MemberData(nameof(WithBundledRedis))]
    public void ClientsAndMonitoring_ReachHttp(string deployment)
    {
        var (rules, silo, _, client) = Read(deployment);

        Assert.True(rules.LetsIn(silo, Http, client));
        Assert.True(rules.LetsIn(silo, Http, Nobody, fromNamespace: "monitoring"));
        Assert.False(rules.LetsIn(silo, Http, Nobody));
        Assert.False(rules.LetsIn(silo, Http, Nobody, fromNamespace: "other"));
    }

    [Theory]
    [MemberData(nameof(WithBundledRedis))]
    public void Silos_ReachDnsAndRedis_AndNothingElse(string deployment)
    {
        var (rules, silo, redis, client) = Read(deployment);

        Assert.True(rules.LetsOut(silo, redis, Redis));
        Assert.True(rules.LetsOut(silo, Dns, 53, toNamespace: "kube-system"));
        Assert.False(rules.LetsOut(silo, Dns, 80, toNamespace: "kube-system"));
        Assert.False(rules.LetsOut(silo, Nobody, 443));
        Assert.False(rules.LetsOut(silo, client, Redis));
    }

    [Theory]
    [MemberData(nameof(WithBundledRedis))]
    public void OnlySilos_ReachRedis_AndItReachesNobody(string deployment)
    {
        var (rules, silo, redis, client) = Read(deployment);

        Assert.True(rules.LetsIn(redis, Redis, silo));
        Assert.All([client, Nobody], other => Assert.False(rules.LetsIn(redis, Redis, other)));
        Assert.False(rules.LetsIn(redis, Redis, Nobody, fromNamespace: "monitoring"));
        Assert.False(rules.LetsOut(redis, silo, Silo));
        Assert.False(rules.LetsOut(redis, Dns, 53, toNamespace: "kube-system"));
    }

    [Fact]
    public void AnExternalRedis_IsReachedAtItsAddressesOnly()
    {
        var rule = Assert.Single(SilosPolicy("external-redis").Spec.Egress, rule => rule.Ports.Any(port => port.Port.Value == "6380"));

        Assert.Equal(["10.20.0.0/16"], rule.To.Select(peer => peer.IpBlock.Cidr));
    }

    [Fact]
    public void APostgreSqlAnywhere_IsReachedAtItsPort() =>
        Assert.Null(Assert.Single(SilosPolicy("postgres").Spec.Egress, rule => rule.Ports.Any(port => port.Port.Value == "5432")).To);

    [Theory]
    [InlineData("https://login.example:8443/realms/lab", "8443")]
    [InlineData("https://login.example", "443")]
    [InlineData("https://[2001:db8::1]/realms", "443")]
    public void AProvidersPort_IsReached(string authority, string port)
    {
        var manifests = Chart.With($"api: {{authority: '{authority}', audience: a}}");

        Assert.Single(Silos(manifests).Spec.Egress, rule => rule.To is null && rule.Ports.Any(open => open.Port.Value == port));
    }

    [Fact]
    public void ClientsOfOtherNamespaces_AreLetInWhereNamed() => Assert.Contains(
        SilosPolicy("external-redis").Spec.Ingress.SelectMany(rule => rule.FromProperty),
        peer => peer.NamespaceSelector?.MatchLabels.TryGetValue("team", out var team) == true && team == "vision");

    [Fact]
    public void TheTestPod_AndTheExample_AreClients()
    {
        var (rules, silo, _, _) = Read("helm default");
        var test = Assert.Single(DeployedPod.In(Deployed.Manifests("helm default")), pod => pod.Owner.StartsWith("Pod/", StringComparison.Ordinal));
        Assert.True(rules.LetsIn(silo, Http, test.Labels));

        (rules, silo, _, _) = Read("overlay cpu");
        var example = Assert.Single(DeployedPod.In(Deployed.Manifests("example submit-job.yaml")));
        Assert.True(rules.LetsIn(silo, Gateway, example.Labels));
    }

    private static (NetworkRules Rules, IDictionary<string, string> Silo, IDictionary<string, string> Redis, IDictionary<string, string> Client) Read(
        string deployment)
    {
        var manifests = Deployed.Manifests(deployment);
        var pods = DeployedPod.In(manifests).ToList();
        var redis = Assert.Single(pods, pod => pod.Owner.EndsWith("-redis", StringComparison.Ordinal));
        var name = redis.Owner["Deployment/".Length..^"-redis".Length];
        return (new(manifests), pods.First(pod => pod.IsSilo).Labels, redis.Labels, new Dictionary<string, string> { [$"{name}-client"] = "true" });
    }

    private static V1NetworkPolicy SilosPolicy(string valueSet) => Silos(Deployed.Manifests($"helm {valueSet}"));

    private static V1NetworkPolicy Silos(IEnumerable<Manifest> manifests) => Assert.Single(
        manifests.Select(manifest => manifest.Object).OfType<V1NetworkPolicy>(),
        policy => policy.Metadata.Name.EndsWith("-silos", StringComparison.Ordinal));
}
