using System.Globalization;
using k8s.Models;

namespace DistributedFreeze.Deployment.Manifests;

/// <summary>What every silo must keep to.</summary>
public sealed class SiloTests
{
    public static TheoryData<string> WithSilos => Deployed.WithSilos;

    [Theory]
    [MemberData(nameof(WithSilos))]
    public void TheGracePeriod_HoldsThePauseAndTheShutdown(string deployment) => Assert.All(Silos(deployment), silo =>
    {
        var pause = Assert.Single(silo.Spec.Containers).Lifecycle.PreStop.Sleep.Seconds;
        var shutdown = int.Parse(silo.Variable("DistributedFreeze__ShutdownSeconds")!, CultureInfo.InvariantCulture);

        Assert.True(pause >= 1);
        Assert.True(silo.Spec.TerminationGracePeriodSeconds >= pause + shutdown + 5);
    });

    [Theory]
    [MemberData(nameof(WithSilos))]
    public void EverySetting_IsOneOfTheSilo(string deployment) => Assert.All(
        Silos(deployment).SelectMany(silo => silo.Spec.Containers).SelectMany(container => container.Env).Select(variable => variable.Name),
        name => Assert.True(SiloSettings.Knows(name), $"{name} is no setting of SiloOptions"));

    [Fact]
    public void SiloSettings_KnowsWhatTheSourceHas()
    {
        Assert.True(SiloSettings.Knows("DistributedFreeze__ShutdownSeconds"));
        Assert.True(SiloSettings.Knows("DistributedFreeze__OutputRoots__1"));
        Assert.True(SiloSettings.Knows("DFREEZE_CACHE"));
        Assert.True(SiloSettings.Knows("DistributedFreeze__Tls__CaPath"));
        Assert.True(SiloSettings.Knows("DistributedFreeze__Api__Keys__0"));
        Assert.False(SiloSettings.Knows("DistributedFreeze__Api__Key__0"));
        Assert.False(SiloSettings.Knows("DistributedFreeze__ShutdownSecond"));
        Assert.False(SiloSettings.Knows("DistributedFreeze__ShutdownSeconds__0"));
        Assert.False(SiloSettings.Knows("DFREEZE_CACHES"));
    }

    [Theory]
    [MemberData(nameof(WithSilos))]
    public void NoSetting_IsGivenTwice(string deployment) => Assert.All(Silos(deployment), silo =>
    {
        var names = silo.Spec.Containers.SelectMany(container => container.Env).Select(variable => variable.Name).ToList();
        Assert.Equal(names.Distinct(), names);
    });

    [Theory]
    [MemberData(nameof(WithSilos))]
    public void ThePorts_AreTheSettings(string deployment) => Assert.All(Silos(deployment), silo =>
    {
        var ports = Assert.Single(silo.Spec.Containers).Ports.ToDictionary(port => port.Name, port => $"{port.ContainerPort}");

        Assert.Equal(ports["silo"], silo.Variable("DistributedFreeze__SiloPort"));
        Assert.Equal(ports["exchange"], silo.Variable("DistributedFreeze__ExchangePort"));
        Assert.Equal(ports["gateway"], silo.Variable("DistributedFreeze__GatewayPort"));
        Assert.Equal($"http://+:{ports["http"]}", silo.Variable("ASPNETCORE_URLS"));
    });

    [Theory]
    [MemberData(nameof(WithSilos))]
    public void TheRoots_AreVolumes_AndDataIsReadOnly(string deployment) => Assert.All(Silos(deployment), silo =>
    {
        var mounts = Assert.Single(silo.Spec.Containers).VolumeMounts.ToDictionary(mount => mount.MountPath);

        Assert.True(mounts[silo.Variable("DistributedFreeze__DataRoots__0")!].ReadOnlyProperty);
        Assert.True(mounts[silo.Variable("DistributedFreeze__OutputRoots__0")!].ReadOnlyProperty is null or false);
        Assert.True(mounts[silo.Variable("DFREEZE_CACHE")!].ReadOnlyProperty is null or false);
        Assert.Contains("/tmp", mounts.Keys);
    });

    [Theory]
    [MemberData(nameof(WithSilos))]
    public void TheAddress_IsThePods(string deployment) => Assert.All(Silos(deployment), silo =>
        Assert.Equal(
            "status.podIP",
            Assert.Single(silo.Spec.Containers[0].Env, variable => variable.Name == "DistributedFreeze__AdvertisedAddress").ValueFrom.FieldRef.FieldPath));

    [Theory]
    [MemberData(nameof(WithSilos))]
    public void TheHttpPort_AsksForAKeyOrAToken(string deployment) => Assert.All(Silos(deployment), silo =>
    {
        var access = silo.Spec.Containers[0].Env.Where(variable => variable.Name.StartsWith("DistributedFreeze__Api__", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(access);
        Assert.All(
            access.Where(variable => variable.Name.Contains("__Keys__", StringComparison.Ordinal)),
            key => Assert.NotNull(key.ValueFrom.SecretKeyRef));
    });

    [Theory]
    [MemberData(nameof(WithSilos))]
    public void Sets_KeepWhatKubernetesNeverChanges(string deployment)
    {
        // The selector and the claims of a set cannot be changed by an upgrade: nothing in them may tell the chart's version.
        Assert.All(Objects<V1StatefulSet>(deployment), set =>
        {
            Assert.DoesNotContain(set.Spec.Selector.MatchLabels.Keys, IsOfTheChart);
            Assert.DoesNotContain((set.Spec.VolumeClaimTemplates ?? []).SelectMany(claim => claim.Metadata.Labels.Keys), IsOfTheChart);
            Assert.All(set.Spec.Selector.MatchLabels, label => Assert.Equal(label.Value, set.Spec.Template.Metadata.Labels[label.Key]));
        });

        static bool IsOfTheChart(string label) => label is "helm.sh/chart" or "app.kubernetes.io/version" or "app.kubernetes.io/managed-by";
    }

    [Theory]
    [MemberData(nameof(WithSilos))]
    public void Services_FindTheirPods(string deployment)
    {
        var pods = DeployedPod.In(Deployed.Manifests(deployment)).ToList();
        Assert.All(Objects<V1Service>(deployment), service =>
        {
            var found = pods.Where(pod => service.Spec.Selector.All(label => pod.Labels.TryGetValue(label.Key, out var value) && value == label.Value)).ToList();
            Assert.NotEmpty(found);
            Assert.All(found, pod => Assert.All(
                service.Spec.Ports, port => Assert.Contains(port.TargetPort.Value, pod.Spec.Containers[0].Ports.Select(open => open.Name))));
        });
    }

    [Theory]
    [MemberData(nameof(WithSilos))]
    public void TheSilosService_IsHeadlessAndNamesThoseThatAreNotReady(string deployment)
    {
        var set = Objects<V1StatefulSet>(deployment)[0];
        var service = Assert.Single(Objects<V1Service>(deployment), service => service.Metadata.Name == set.Spec.ServiceName);

        Assert.Equal("None", service.Spec.ClusterIP);
        Assert.True(service.Spec.PublishNotReadyAddresses);
    }

    private static List<DeployedPod> Silos(string deployment)
    {
        var silos = DeployedPod.In(Deployed.Manifests(deployment)).Where(pod => pod.IsSilo).ToList();
        Assert.NotEmpty(silos);
        return silos;
    }

    private static List<T> Objects<T>(string deployment)
    {
        var objects = Deployed.Manifests(deployment).Select(manifest => manifest.Object).OfType<T>().ToList();
        Assert.NotEmpty(objects);
        return objects;
    }
}
