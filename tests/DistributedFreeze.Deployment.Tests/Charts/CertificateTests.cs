using System.Security.Cryptography.X509Certificates;
using System.Text;
using DistributedFreeze.Deployment.Manifests;
using DistributedFreeze.Deployment.Tools;
using DistributedFreeze.Security;
using k8s.Models;

namespace DistributedFreeze.Deployment.Charts;

/// <summary>Certificates that chart and overlays bring are read by the silo's own reader, and a client's makes nobody a silo.</summary>
public sealed class CertificateTests : IDisposable
{
    private const string Silos = "freeze-distributed-freeze-tls";
    private const string Clients = "freeze-distributed-freeze-client-tls";
    private const string Authorities = "freeze-distributed-freeze-authorities";

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void WithoutASecret_TheChartMakesThem()
    {
        var made = Secrets(Chart.With("{}"));

        using var silo = Read(made[Silos], "clients-ca.crt");
        using var client = Read(made[Clients]);

        silo.EnsureValid(DateTimeOffset.UtcNow.AddDays(3640));
        client.EnsureValid(DateTimeOffset.UtcNow.AddDays(3640));
        AssertApart(silo, made[Silos]["tls.crt"], made[Clients]["tls.crt"]);
        Assert.False(IsLetIn(client.ForClient().CertificateChainPolicy!, made[Clients]["tls.crt"]), "a client does not take a client for a gateway");
        Assert.True(IsLetIn(client.ForClient().CertificateChainPolicy!, made[Silos]["tls.crt"]));
    }

    [Fact]
    public void TheSilo_ReadsTheClientsAuthorityOfTheSecret()
    {
        var silo = DeployedPod.In(Chart.With("{}")).Single(pod => pod.IsSilo);

        Assert.Equal("/tls/clients-ca.crt", silo.Variable("DistributedFreeze__Tls__ClientCaPath"));
        Assert.Equal(Silos, silo.Spec.Volumes.Single(volume => volume.Name == "tls").Secret.SecretName);
        Assert.DoesNotContain(Authorities, silo.Spec.Volumes.Select(volume => volume.Secret?.SecretName));
        Assert.Null(DeployedPod.In(Chart.With("tls: {existingSecret: own}")).Single(pod => pod.IsSilo).Variable("DistributedFreeze__Tls__ClientCaPath"));
    }

    [Theory]
    [InlineData("tls: {enabled: false}")]
    [InlineData("tls: {existingSecret: own}")]
    [InlineData("tls: {certManager: {enabled: true, issuer: {name: lab}}}")]
    public void WhereTheyAreNotAskedFor_NoneAreMade(string values) =>
        Assert.DoesNotContain(Chart.With(values), manifest => manifest.Kind == "Secret" && manifest.Text("type") == "kubernetes.io/tls");

    [Fact]
    public void AnUpgrade_KeepsThem()
    {
        var chart = ChartThatFinds();
        var first = Secrets(Chart.With("{}", chart));

        var second = Secrets(Chart.With(Found(first, Silos, Clients, Authorities), chart));

        Assert.All([Silos, Clients, Authorities], name => Assert.Equal(first[name], second[name]));
        Assert.NotEqual(first[Silos], Secrets(Chart.With("{}", chart))[Silos]);
    }

    [Fact]
    public void ACertificateThatIsGone_IsMadeAnewByTheSameAuthority()
    {
        var chart = ChartThatFinds();
        var first = Secrets(Chart.With("{}", chart));

        var second = Secrets(Chart.With(Found(first, Clients, Authorities), chart));

        Assert.Equal((first[Silos]["ca.crt"], first[Clients]["tls.crt"]), (second[Silos]["ca.crt"], second[Clients]["tls.crt"]));
        Assert.NotEqual(first[Silos]["tls.crt"], second[Silos]["tls.crt"]);
        using var old = Read(first[Silos], "clients-ca.crt");
        AssertApart(old, second[Silos]["tls.crt"], second[Clients]["tls.crt"]);
    }

    [Fact]
    public void WithoutTheirAuthorities_AllAreMadeAnew()
    {
        var chart = ChartThatFinds();
        var first = Secrets(Chart.With("{}", chart));

        var second = Secrets(Chart.With(Found(first, Silos, Clients), chart));

        using var silo = Read(second[Silos], "clients-ca.crt");
        AssertApart(silo, second[Silos]["tls.crt"], second[Clients]["tls.crt"]);
        Assert.NotEqual(first[Silos]["tls.crt"], second[Silos]["tls.crt"]);
    }

    [Theory]
    [InlineData("data", 2, "")]
    [InlineData("data, tls", 2, null)]
    [InlineData("data", 0, null)]
    [InlineData("data", 2, "tls: {enabled: false}")]
    public void AReleaseThatRunsWithoutTls_IsNotSplit(string volumes, int replicas, string? values)
    {
        var found = $"global: {{sets: {{freeze-distributed-freeze-cpu: {{spec: {{replicas: {replicas}, template: {{spec: {{volumes: [{string.Join(", ", volumes.Split(", ").Select(name => $"{{name: {name}}}"))}]}}}}}}}}}}}}\n";

        if (values == "")
        {
            Assert.Contains("kubectl scale statefulset freeze-distributed-freeze-cpu -n lab --replicas 0", Chart.Refusal(found, ChartThatFinds()), StringComparison.Ordinal);
        }
        else
        {
            Assert.NotEmpty(Chart.With(found + values, ChartThatFinds()));
        }
    }

    [Fact]
    public void TheScriptForKustomize_MakesThem()
    {
        Assert.SkipWhen(SearchPath.Find("openssl") is null, "It needs openssl.");
        var made = _folder.In("made");
        ExternalTool.Bash.Run(RepositoryRoot.In("k8s/certificates.sh"), made).Content();

        string Pem(string part) => File.ReadAllText(Path.Combine(made, part, "tls.crt"));
        using var silo = ClusterCertificates.Read(Path.Combine(made, "silo/tls.crt"), Path.Combine(made, "silo/tls.key"), Path.Combine(made, "silo/ca.crt"));
        silo.EnsureValid(DateTimeOffset.UtcNow.AddDays(3640));
        AssertApart(silo, Pem("silo"), Pem("client"));
        Assert.Contains("is there already", ExternalTool.Bash.Run(RepositoryRoot.In("k8s/certificates.sh"), made).Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void TheExamplesJob_ShowsTheClients()
    {
        var pod = Assert.Single(DeployedPod.In(Deployed.Manifests("example submit-job.yaml")));

        Assert.Equal("distributed-freeze-client-tls", pod.Spec.Volumes.Single(volume => volume.Name == "tls").Secret.SecretName);
        Assert.Equal("/tls", pod.Spec.Containers[0].VolumeMounts.Single(mount => mount.Name == "tls").MountPath);
        Assert.Equal(
            ("/tls/ca.crt", "/tls/tls.crt", "/tls/tls.key"), (pod.Variable("DFREEZE_TLS_CA"), pod.Variable("DFREEZE_TLS_CERT"), pod.Variable("DFREEZE_TLS_KEY")));
    }

    public void Dispose() => _folder.Dispose();

    private static void AssertApart(ClusterCertificates silo, string ofSilo, string ofClient)
    {
        Assert.True(IsLetIn(silo.ForServer(forSilos: true).CertificateChainPolicy!, ofSilo));
        Assert.False(IsLetIn(silo.ForServer(forSilos: true).CertificateChainPolicy!, ofClient));
        Assert.True(IsLetIn(silo.ForServer().CertificateChainPolicy!, ofClient));
    }

    private static bool IsLetIn(X509ChainPolicy policy, string pem)
    {
        using var certificate = X509Certificate2.CreateFromPem(pem);
        using var chain = new X509Chain { ChainPolicy = policy };
        return chain.Build(certificate);
    }

    /// <summary>Helm asks a cluster only where it installs: this chart finds secrets in its values instead.</summary>
    private string ChartThatFinds()
    {
        var chart = _folder.Copy(Chart.Folder);
        Ask("templates/secret-tls.yaml", "lookup \"v1\" \"Secret\" .Release.Namespace ", "index (.Values.global.found | default dict) ");
        Ask("templates/_checks.tpl", "lookup \"apps/v1\" \"StatefulSet\" $.Release.Namespace ", "index ($.Values.global.sets | default dict) ");
        File.AppendAllText(Path.Combine(chart, "values.yaml"), "\nglobal: {}\n");
        return chart;

        void Ask(string name, string cluster, string values)
        {
            var template = Path.Combine(chart, name);
            var text = File.ReadAllText(template);
            Assert.Contains(cluster, text, StringComparison.Ordinal);
            File.WriteAllText(template, text.Replace(cluster, values, StringComparison.Ordinal));
        }
    }

    private static string Found(Dictionary<string, Dictionary<string, string>> secrets, params IEnumerable<string> names) =>
        "global:\n  found:\n" + string.Concat(names.Select(name => $"    {name}:\n      data:\n" + string.Concat(
            secrets[name].Select(entry => $"        {entry.Key}: {Convert.ToBase64String(Encoding.UTF8.GetBytes(entry.Value))}\n"))));

    private static Dictionary<string, Dictionary<string, string>> Secrets(IReadOnlyList<Manifest> manifests) => manifests
        .Select(manifest => manifest.Object)
        .OfType<V1Secret>()
        .Where(secret => secret.Data is not null)
        .ToDictionary(secret => secret.Metadata.Name, secret => secret.Data.ToDictionary(entry => entry.Key, entry => Encoding.UTF8.GetString(entry.Value)));

    private ClusterCertificates Read(Dictionary<string, string> secret, string? clientCa = null) => ClusterCertificates.Read(
        _folder.Write("tls.crt", secret["tls.crt"]),
        _folder.Write("tls.key", secret["tls.key"]),
        _folder.Write("ca.crt", secret["ca.crt"]),
        clientCa is null ? null : _folder.Write(clientCa, secret[clientCa]));
}
