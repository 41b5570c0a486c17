using k8s.Models;

namespace DistributedFreeze.Deployment.Manifests;

/// <summary>What every pod must keep to, whoever makes it.</summary>
public sealed class PodPolicyTests
{
    private static readonly string[] RestrictedVolumes = ["emptyDir", "persistentVolumeClaim", "configMap", "secret"];

    public static TheoryData<string> All => Deployed.All;

    [Theory]
    [MemberData(nameof(All))]
    public void Pods_PassTheRestrictedLevel(string deployment) => Assert.All(Pods(deployment), pod =>
    {
        Assert.True(pod.Spec.SecurityContext.RunAsNonRoot);
        Assert.True(pod.Spec.SecurityContext.RunAsUser > 0);
        Assert.Equal("RuntimeDefault", pod.Spec.SecurityContext.SeccompProfile.Type);
        Assert.True(pod.Spec.HostNetwork is null or false);
        Assert.True(pod.Spec.HostPID is null or false);
        Assert.True(pod.Spec.HostIPC is null or false);
        Assert.All(Containers(pod), container =>
        {
            Assert.False(container.SecurityContext.AllowPrivilegeEscalation);
            Assert.Equal(["ALL"], container.SecurityContext.Capabilities.Drop);
            Assert.Null(container.SecurityContext.Capabilities.Add);
            Assert.True(container.SecurityContext.Privileged is null or false);
            Assert.All(container.Ports ?? [], port => Assert.Null(port.HostPort));
        });
        Assert.All(pod.Spec.Volumes ?? [], volume => Assert.Contains(Source(volume), RestrictedVolumes));
    });

    [Theory]
    [MemberData(nameof(All))]
    public void Pods_WriteOnlyIntoVolumes(string deployment) =>
        Assert.All(Pods(deployment).SelectMany(Containers), container => Assert.True(container.SecurityContext.ReadOnlyRootFilesystem));

    [Theory]
    [MemberData(nameof(All))]
    public void Pods_HoldNoTokenOfKubernetes(string deployment) => Assert.All(Pods(deployment), pod =>
    {
        Assert.False(pod.Spec.AutomountServiceAccountToken);
        Assert.False(pod.Spec.EnableServiceLinks);
    });

    [Theory]
    [MemberData(nameof(All))]
    public void Containers_SayWhatTheyUse(string deployment) => Assert.All(Pods(deployment).SelectMany(Containers), container =>
    {
        foreach (var resource in (string[])["cpu", "memory"])
        {
            Assert.True(container.Resources.Requests.ContainsKey(resource), $"{container.Name} requests no {resource}");
            Assert.True(container.Resources.Limits.ContainsKey(resource), $"{container.Name} has no limit of {resource}");
            Assert.True(container.Resources.Requests[resource].ToDecimal() <= container.Resources.Limits[resource].ToDecimal());
        }
    });

    [Theory]
    [MemberData(nameof(All))]
    public void Images_HaveAVersion(string deployment) => Assert.All(Pods(deployment).SelectMany(Containers), container =>
    {
        var name = container.Image.Split('/')[^1].Split(':');
        Assert.True(name.Length == 2 && name[1] is not ("" or "latest"), $"{container.Image} names no version");
    });

    [Theory]
    [MemberData(nameof(All))]
    public void WhatServes_IsProbedOnAPortOfItsOwn(string deployment) => Assert.All(Pods(deployment).Where(pod => pod.Serves).SelectMany(Containers), container =>
    {
        var ports = container.Ports.Select(port => port.Name).ToList();
        foreach (var probe in (V1Probe[])[container.StartupProbe, container.LivenessProbe, container.ReadinessProbe])
        {
            Assert.NotNull(probe);
            Assert.Contains((probe.HttpGet?.Port ?? probe.TcpSocket.Port).Value, ports);
        }
    });

    [Theory]
    [MemberData(nameof(All))]
    public void Mounts_HaveTheirVolumes(string deployment)
    {
        var claimed = Deployed.Manifests(deployment).Select(manifest => manifest.Object).OfType<V1StatefulSet>()
            .SelectMany(set => set.Spec.VolumeClaimTemplates ?? []).Select(claim => claim.Metadata.Name).ToHashSet();

        Assert.All(Pods(deployment), pod =>
        {
            var volumes = (pod.Spec.Volumes ?? []).Select(volume => volume.Name).Concat(pod.IsSilo ? claimed : []).Order().ToList();
            var mounts = Containers(pod).SelectMany(container => container.VolumeMounts ?? []).Select(mount => mount.Name).Distinct().Order().ToList();
            Assert.Equal(volumes, mounts);
        });
    }

    private static List<DeployedPod> Pods(string deployment)
    {
        var pods = DeployedPod.In(Deployed.Manifests(deployment)).ToList();
        Assert.NotEmpty(pods);
        return pods;
    }

    private static IEnumerable<V1Container> Containers(DeployedPod pod) => pod.Spec.Containers.Concat(pod.Spec.InitContainers ?? []);

    private static string Source(V1Volume volume) => volume switch
    {
        { EmptyDir: not null } => "emptyDir",
        { PersistentVolumeClaim: not null } => "persistentVolumeClaim",
        { ConfigMap: not null } => "configMap",
        { Secret: not null } => "secret",
        _ => $"{volume.Name}, of another kind",
    };
}
