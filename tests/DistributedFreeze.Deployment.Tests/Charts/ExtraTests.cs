using DistributedFreeze.Deployment.Manifests;
using k8s.Models;

namespace DistributedFreeze.Deployment.Charts;

/// <summary>What a cluster of one's own needs beside the chart's choices.</summary>
public sealed class ExtraTests
{
    private static readonly string Digest = $"sha256:{new string('a', 64)}";

    [Fact]
    public void AffinityAndVolumes_AreTakenOverIntoTheSilosPods()
    {
        var silo = DeployedPod.In(Chart.With(
            """
            pools: {cpu: {affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: zone, operator: In, values: [a]}]}]}}}}}
            extraVolumes: [{name: ca, configMap: {name: lab-ca}}]
            extraVolumeMounts: [{name: ca, mountPath: /etc/ssl/lab, readOnly: true}]
            """)).Single(pod => pod.IsSilo).Spec;

        Assert.Equal("zone", silo.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms[0].MatchExpressions[0].Key);
        Assert.Equal("lab-ca", silo.Volumes.Single(volume => volume.Name == "ca").ConfigMap.Name);
        Assert.Equal(("/etc/ssl/lab", true), silo.Containers[0].VolumeMounts.Where(mount => mount.Name == "ca").Select(mount => (mount.MountPath, mount.ReadOnlyProperty)).Single());
        Assert.Contains("extraVolumes has data", Chart.Refusal("extraVolumes: [{name: data, emptyDir: {}}]"), StringComparison.Ordinal);
        Assert.Contains("extraVolumeMounts has /data", Chart.Refusal("extraVolumeMounts: [{name: x, mountPath: /data}]"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("site-packages/torch/lib", "/libtorch/site-packages/torch/lib")]
    [InlineData("", "/libtorch")]
    public void ALibtorchOfOnesOwn_IsMountedAndNamed_InEverySilo(string path, string named)
    {
        var silos = DeployedPod.In(Chart.With($$"""
            pools: {gpu: {enabled: true} }
            storage: {libtorch: {existingClaim: pytorch, path: "{{path}}"} }
            """)).Where(pod => pod.IsSilo).Select(pod => pod.Spec).ToList();

        Assert.Equal(2, silos.Count);
        Assert.All(silos, silo =>
        {
            Assert.Equal(named, silo.Containers[0].Env.Single(variable => variable.Name == "DFREEZE_LIBTORCH").Value);
            Assert.Equal(("/libtorch", true), silo.Containers[0].VolumeMounts.Where(mount => mount.Name == "libtorch").Select(mount => (mount.MountPath, mount.ReadOnlyProperty)).Single());
            Assert.Equal("pytorch", silo.Volumes.Single(volume => volume.Name == "libtorch").PersistentVolumeClaim.ClaimName);
        });
        Assert.DoesNotContain(DeployedPod.In(Chart.With("pools: {gpu: {enabled: true}}")), pod => pod.Spec.Volumes?.Any(volume => volume.Name == "libtorch") == true);
        Assert.Contains("storage.libtorch.existingClaim must name the claim", Chart.Refusal("storage: {libtorch: {path: torch}}"), StringComparison.Ordinal);
    }

    [Fact]
    public void ADigest_CountsMoreThanATag_ForTheImageThatItIsOf()
    {
        var pods = DeployedPod.In(Chart.With($$"""
            image: {repository: registry.example/freeze, digest: "{{Digest}}"}
            redis: {image: {digest: "{{Digest}}"} }
            pools: {gpu: {enabled: true} }
            """)).ToList();
        var images = pods.SelectMany(pod => pod.Spec.Containers).Select(container => container.Image).ToList();

        Assert.Contains($"registry.example/freeze@{Digest}", images);
        Assert.Contains($"docker.io/valkey/valkey@{Digest}", images);
        Assert.Contains(images, image => image.StartsWith("registry.example/freeze:", StringComparison.Ordinal) && image.EndsWith("-cuda", StringComparison.Ordinal));
        Assert.Contains("digest", Chart.Refusal("image: {digest: sha256:short}"), StringComparison.Ordinal);
    }

    [Fact]
    public void AnotherName_IsInLabelsAndNames()
    {
        var service = Chart.With("nameOverride: tuner").Select(manifest => manifest.Object).OfType<V1Service>().Single(service => service.Metadata.Name == "freeze-tuner");

        Assert.Equal("tuner", service.Spec.Selector["app.kubernetes.io/name"]);
    }

    [Fact]
    public void AnIngress_LeadsToTheHttpService_AndThereIsNoneUnasked()
    {
        var ingress = Chart.With("ingress: {enabled: true, className: nginx, host: freeze.example, tlsSecret: freeze-web, annotations: {a: b}}")
            .Select(manifest => manifest.Object).OfType<V1Ingress>().Single();

        Assert.Equal(("nginx", "freeze-web", "b"), (ingress.Spec.IngressClassName, ingress.Spec.Tls[0].SecretName, ingress.Metadata.Annotations["a"]));
        var (host, backend) = (ingress.Spec.Rules[0].Host, ingress.Spec.Rules[0].Http.Paths[0].Backend.Service);
        Assert.Equal(("freeze.example", "freeze-distributed-freeze", "http"), (host, backend.Name, backend.Port.Name));
        Assert.Equal(["/api"], ingress.Spec.Rules[0].Http.Paths.Select(path => path.Path)); // metrics ask nobody who they are
        var wildcard = Chart.With("ingress: {enabled: true, host: '*.lab.example', tlsSecret: freeze-web}").Select(manifest => manifest.Object).OfType<V1Ingress>().Single();
        Assert.Equal(("*.lab.example", "*.lab.example"), (wildcard.Spec.Rules[0].Host, wildcard.Spec.Tls[0].Hosts[0]));
        Assert.DoesNotContain(Deployed.Manifests("helm default"), manifest => manifest.Kind == "Ingress");
        Assert.Contains("ingress.host must be the name", Chart.Refusal("ingress: {enabled: true}"), StringComparison.Ordinal);
    }
}
