using DistributedFreeze.Deployment.Manifests;
using DistributedFreeze.Freezing;
using DistributedFreeze.Specs;
using k8s.Models;

namespace DistributedFreeze.Deployment.Kustomize;

/// <summary>The examples belong to what the overlays deploy.</summary>
public sealed class ExampleTests
{
    private static readonly IReadOnlyList<Manifest> Example = Deployed.Manifests("example submit-job.yaml");

    private static DeployedPod Silo => DeployedPod.In(Deployed.Manifests("overlay cpu")).First(pod => pod.IsSilo);

    [Fact]
    public void TheRunFile_IsUnderstood()
    {
        var map = Assert.Single(Example.Select(manifest => manifest.Object).OfType<V1ConfigMap>());

        var spec = RunFile.Parse(new StringReader(map.Data["run.yaml"]), "run.yaml");

        Assert.Equal([new FreezePolicy.None(), new FreezePolicy.LastLayers(10)], spec.Phases.Select(phase => phase.Freeze));
    }

    [Fact]
    public void TheRunFile_IsWhereTheCommandReadsIt()
    {
        var pod = Assert.Single(DeployedPod.In(Example));
        var map = Assert.Single(Example.Select(manifest => manifest.Object).OfType<V1ConfigMap>());
        var mount = Assert.Single(
            pod.Spec.Containers[0].VolumeMounts,
            mount => pod.Spec.Volumes.Single(volume => volume.Name == mount.Name).ConfigMap?.Name == map.Metadata.Name);

        Assert.Contains($"{mount.MountPath}/{Assert.Single(map.Data.Keys)}", pod.Spec.Containers[0].Args);
    }

    [Fact]
    public void TheGateway_IsTheOverlays()
    {
        var arguments = Assert.Single(DeployedPod.In(Example)).Spec.Containers[0].Args;
        var gateways = Deployed.Manifests("overlay cpu").Select(manifest => manifest.Object).OfType<V1Service>()
            .SelectMany(service => service.Spec.Ports.Select(port => $"{service.Metadata.Name}:{port.Port}"));

        Assert.Contains(arguments[arguments.IndexOf("--cluster") + 1], gateways);
    }

    [Theory]
    [InlineData("example submit-job.yaml")]
    [InlineData("example data-pod.yaml")]
    public void TheImage_IsTheOverlays(string example) => Assert.Equal(
        Silo.Spec.Containers[0].Image,
        Assert.Single(DeployedPod.In(Deployed.Manifests(example))).Spec.Containers[0].Image);

    [Fact]
    public void TheDataPod_WritesWhereSilosRead_AsTheirUser()
    {
        var copy = Assert.Single(DeployedPod.In(Deployed.Manifests("example data-pod.yaml"))).Spec;

        Assert.Equal(Claim(Silo.Spec), Claim(copy));
        Assert.True(copy.Volumes[0].PersistentVolumeClaim.ReadOnlyProperty is null or false);
        Assert.Equal("/data", Assert.Single(copy.Containers[0].VolumeMounts).MountPath);
        Assert.True(copy.Containers[0].VolumeMounts[0].ReadOnlyProperty is null or false);
        Assert.Equal(
            (Silo.Spec.SecurityContext.RunAsUser, Silo.Spec.SecurityContext.FsGroup), (copy.SecurityContext.RunAsUser, copy.SecurityContext.FsGroup));

        static string Claim(V1PodSpec pod) => pod.Volumes.Single(volume => volume.Name == "data").PersistentVolumeClaim.ClaimName;
    }
}
