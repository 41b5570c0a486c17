using DistributedFreeze.Deployment.Manifests;
using k8s.Models;
using YamlDotNet.RepresentationModel;

namespace DistributedFreeze.Deployment.Charts;

/// <summary>Keys, certificates and connection strings.</summary>
public sealed class SecretTests
{
    [Fact]
    public void WithoutKeys_OneIsMadeUp()
    {
        var first = MadeUp();

        Assert.True(first.Length >= 32);
        Assert.NotEqual(first, MadeUp());
    }

    [Fact]
    public void KeysThatAreGiven_LieInTheSecretThatTheSilosRead()
    {
        var secret = Assert.Single(
            Deployed.Manifests("helm postgres").Select(manifest => manifest.Object).OfType<V1Secret>(), secret => secret.Metadata.Name.EndsWith("-api", StringComparison.Ordinal));

        Assert.Equal(
            [("DistributedFreeze__Api__Keys__0", secret.Metadata.Name, "key-0"), ("DistributedFreeze__Api__Keys__1", secret.Metadata.Name, "key-1")],
            FromSecrets("helm postgres").Where(from => from.Variable.Contains("__Keys__", StringComparison.Ordinal)));
        Assert.Equal("0123456789abcdef-key-two", secret.StringData["key-1"]);
    }

    [Fact]
    public void KeysOfASecret_AreReadThere_AndNoneIsMade()
    {
        Assert.Equal(
            [("DistributedFreeze__Api__Keys__0", "freeze-keys", "alice"), ("DistributedFreeze__Api__Keys__1", "freeze-keys", "bob")],
            FromSecrets("helm tls").Where(from => from.Variable.Contains("__Keys__", StringComparison.Ordinal)));
        Assert.DoesNotContain(Deployed.Manifests("helm tls"), manifest => manifest.Kind == "Secret" && manifest.Name.EndsWith("-api", StringComparison.Ordinal));
    }

    [Fact]
    public void CallersOfASecret_HaveTheirRolesAndFolders()
    {
        var manifests = Chart.With(
            "api: {defaultRole: viewer, existingSecret: {name: freeze-keys, keys: []}, callers: {alice: {role: admin}, bob: {secretKey: key-of-bob, outputFolders: [team-b]}}}");
        var silo = DeployedPod.In(manifests).Single(pod => pod.IsSilo);

        Assert.Equal("admin", silo.Variable("DistributedFreeze__Api__Callers__alice__Role"));
        Assert.Equal("team-b", silo.Variable("DistributedFreeze__Api__Callers__bob__OutputFolders__0"));
        Assert.Equal("viewer", silo.Variable("DistributedFreeze__Api__DefaultRole"));
        var keys = silo.Spec.Containers[0].Env.Where(variable => variable.ValueFrom?.SecretKeyRef is not null)
            .ToDictionary(variable => variable.Name, variable => (variable.ValueFrom.SecretKeyRef.Name, variable.ValueFrom.SecretKeyRef.Key));
        Assert.Equal(("freeze-keys", "alice"), keys["DistributedFreeze__Api__Callers__alice__Key"]);
        Assert.Equal(("freeze-keys", "key-of-bob"), keys["DistributedFreeze__Api__Callers__bob__Key"]);
        Assert.DoesNotContain(keys.Keys, name => name.Contains("__Keys__", StringComparison.Ordinal));
    }

    [Fact]
    public void Quotas_ReachTheSiloInTheirOrder()
    {
        var silo = DeployedPod.In(Chart.With("api: {quotas: [{caller: nightly, runs: 200, highestPriority: -10}, {role: submitter, devices: 4}]}")).Single(pod => pod.IsSilo);

        Assert.Equal("nightly", silo.Variable("DistributedFreeze__Api__Quotas__0__Caller"));
        Assert.Equal("200", silo.Variable("DistributedFreeze__Api__Quotas__0__Runs"));
        Assert.Equal("-10", silo.Variable("DistributedFreeze__Api__Quotas__0__HighestPriority"));
        Assert.Equal("submitter", silo.Variable("DistributedFreeze__Api__Quotas__1__Role"));
        Assert.Equal("4", silo.Variable("DistributedFreeze__Api__Quotas__1__Devices"));
    }

    [Fact]
    public void WithAProviderAlone_ThereAreNoKeys()
    {
        var manifests = Chart.With("api: {authority: https://login.example, audience: dfreeze}");
        var silo = DeployedPod.In(manifests).Single(pod => pod.IsSilo);

        Assert.Equal("https://login.example", silo.Variable("DistributedFreeze__Api__Authority"));
        Assert.Equal("dfreeze", silo.Variable("DistributedFreeze__Api__Audience"));
        Assert.DoesNotContain(silo.Spec.Containers[0].Env, variable => variable.Name.Contains("__Keys__", StringComparison.Ordinal));
        Assert.DoesNotContain(manifests, manifest => manifest.Kind == "Secret" && manifest.Name.EndsWith("-api", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("helm external-redis", "DistributedFreeze__Redis", "lab-redis", "connection-string")]
    [InlineData("helm postgres", "DistributedFreeze__PostgreSql", "lab-postgres", "connection")]
    public void AStoreOfOnesOwn_IsNamedByASecret_AndNoRedisIsBundled(string deployment, string variable, string secret, string key)
    {
        Assert.Contains((variable, secret, key), FromSecrets(deployment));
        Assert.DoesNotContain(Deployed.Manifests(deployment), manifest => manifest.Name.EndsWith("-redis", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("helm default", "redis")]
    [InlineData("helm postgres", "adonet")]
    [InlineData("helm minimal", "localhost")]
    public void TheClustering_IsTheValues(string deployment, string clustering) =>
        Assert.Equal(clustering, Silo(deployment).Variable("DistributedFreeze__Clustering"));

    [Fact]
    public void TheBundledRedis_IsTheOneThatSilosAsk()
    {
        var service = Assert.Single(
            Deployed.Manifests("helm default").Select(manifest => manifest.Object).OfType<V1Service>(),
            service => service.Metadata.Name.EndsWith("-redis", StringComparison.Ordinal));

        Assert.Equal($"{service.Metadata.Name}:{service.Spec.Ports[0].Port},password=$(REDIS_PASSWORD)", Silo("helm default").Variable("DistributedFreeze__Redis"));
    }

    [Fact]
    public void TheBundledRedis_AsksForThePasswordThatSilosKnow()
    {
        var secret = Deployed.Manifests("helm default").Select(manifest => manifest.Object).OfType<V1Secret>().Single(secret => secret.Metadata.Name.EndsWith("-redis", StringComparison.Ordinal));
        var redis = DeployedPod.In(Deployed.Manifests("helm default")).Single(pod => pod.Spec.Containers[0].Name == "redis").Spec.Containers[0];

        Assert.Equal(40, secret.StringData["password"].Length);
        Assert.Contains(("REDIS_PASSWORD", secret.Metadata.Name, "password"), FromSecrets("helm default"));
        Assert.Equal((secret.Metadata.Name, "password"), (redis.Env.Single().ValueFrom.SecretKeyRef.Name, redis.Env.Single().ValueFrom.SecretKeyRef.Key));
        Assert.Equal(["--requirepass", "$(REDIS_PASSWORD)"], redis.Args.SkipWhile(argument => argument != "--requirepass").Take(2));
        Assert.True(
            Silo("helm default").Spec.Containers[0].Env.Select(variable => variable.Name).TakeWhile(name => name != "DistributedFreeze__Redis").Contains("REDIS_PASSWORD"), "it is expanded where it stands before");
    }

    [Fact]
    public void APasswordOfASecret_IsReadThere_AndNoneIsMade()
    {
        var manifests = Chart.With("redis: {passwordSecret: lab-redis-password}");

        Assert.DoesNotContain(manifests, manifest => manifest.Kind == "Secret" && manifest.Name.EndsWith("-redis", StringComparison.Ordinal));
        Assert.Contains("redis.passwordSecret is for the bundled Redis", Chart.Refusal("redis: {passwordSecret: mine, bundled: false, existingSecret: own}"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("helm tls", "freeze-distributed-freeze-tls")]
    [InlineData("helm external-redis", "lab-tls")]
    [InlineData("overlay cpu", "distributed-freeze-tls")]
    public void Certificates_AreMountedWhereTheSiloReadsThem(string deployment, string secret)
    {
        var silo = Silo(deployment);
        var mount = Assert.Single(silo.Spec.Containers[0].VolumeMounts, mount => mount.Name == "tls");

        Assert.Equal(secret, silo.Spec.Volumes.Single(volume => volume.Name == "tls").Secret.SecretName);
        Assert.True(mount.ReadOnlyProperty);
        Assert.Equal($"{mount.MountPath}/tls.crt", silo.Variable("DistributedFreeze__Tls__CertificatePath"));
        Assert.Equal($"{mount.MountPath}/tls.key", silo.Variable("DistributedFreeze__Tls__KeyPath"));
        Assert.Equal($"{mount.MountPath}/ca.crt", silo.Variable("DistributedFreeze__Tls__CaPath"));
    }

    [Fact]
    public void WithoutTls_NoSettingNamesACertificate() =>
        Assert.DoesNotContain(
        DeployedPod.In(Chart.With("tls: {enabled: false}")).Single(pod => pod.IsSilo).Spec.Containers[0].Env, variable => variable.Name.Contains("__Tls__", StringComparison.Ordinal));

    [Fact]
    public void TheCertificate_IsForServersAndClients_UnderTheServicesNames()
    {
        var certificate = Assert.Single(Deployed.Manifests("helm tls"), manifest => manifest.Kind == "Certificate");

        Assert.Equal("freeze-distributed-freeze-tls", certificate.Text("spec", "secretName"));
        Assert.Equal("ClusterIssuer", certificate.Text("spec", "issuerRef", "kind"));
        Assert.Superset(new HashSet<string> { "server auth", "client auth" }, List(certificate, "usages"));
        Assert.Superset(
            new HashSet<string> { "freeze-distributed-freeze-gateway.lab.svc", "*.freeze-distributed-freeze-silos.lab.svc.cluster.local" },
            List(certificate, "dnsNames"));
    }

    private static HashSet<string> List(Manifest manifest, string key) =>
        [.. Assert.IsType<YamlSequenceNode>(manifest.At("spec", key)).Select(node => ((YamlScalarNode)node).Value!)];

    private static string MadeUp() => Assert.Single(
        Chart.With("{}").Select(manifest => manifest.Object).OfType<V1Secret>(), secret => secret.Metadata.Name.EndsWith("-api", StringComparison.Ordinal)).StringData["key-0"];

    private static DeployedPod Silo(string deployment) => DeployedPod.In(Deployed.Manifests(deployment)).Single(pod => pod.IsSilo);

    private static IEnumerable<(string Variable, string Secret, string Key)> FromSecrets(string deployment) =>
        from variable in Silo(deployment).Spec.Containers[0].Env
        let secret = variable.ValueFrom?.SecretKeyRef
        where secret is not null
        select (variable.Name, secret.Name, secret.Key);
}
