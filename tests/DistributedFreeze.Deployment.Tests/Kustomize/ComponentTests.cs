using DistributedFreeze.Deployment.Charts;
using DistributedFreeze.Deployment.Manifests;
using DistributedFreeze.Deployment.Tools;
using k8s.Models;

namespace DistributedFreeze.Deployment.Kustomize;

/// <summary>What an overlay of one's own may take besides.</summary>
public sealed class ComponentTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("cpu", "pools.cpu.enabled=true")]
    [InlineData("gpu", "pools.cpu.enabled=false,pools.gpu.enabled=true")]
    public void ALibtorchOfOnesOwn_IsMountedAndNamed_AsTheChartDoesIt(string overlay, string pools)
    {
        var own = _folder.Copy(RepositoryRoot.In("k8s"));
        _folder.Write("k8s/overlays/lab/kustomization.yaml", $"resources: [../{overlay}]\ncomponents: [../../components/libtorch]\n");

        var silo = Silo(Manifest.Read(ExternalTool.Kubectl.Run("kustomize", Path.Combine(own, "overlays", "lab")).Content()));

        Assert.Equal(("/libtorch", "/libtorch", true, "libtorch", true), Libtorch(silo));
        Assert.Equal(Silo(Deployed.Manifests($"overlay {overlay}")).Containers[0].Env.Count + 1, silo.Containers[0].Env.Count); // nothing else is lost
        var charted = Silo(Manifest.Read(Chart.Template(Chart.Folder, "distributed-freeze", "--set", $"{pools},storage.libtorch.existingClaim=libtorch").Content()));
        Assert.Equal(Libtorch(charted), Libtorch(silo));
    }

    private static V1PodSpec Silo(IReadOnlyList<Manifest> manifests) => DeployedPod.In(manifests).Single(pod => pod.IsSilo).Spec;

    private static (string Named, string Mount, bool? MountIsReadOnly, string Claim, bool? ClaimIsReadOnly) Libtorch(V1PodSpec silo)
    {
        var mount = silo.Containers[0].VolumeMounts.Single(mount => mount.Name == "libtorch");
        var claim = silo.Volumes.Single(volume => volume.Name == "libtorch").PersistentVolumeClaim;
        return (silo.Containers[0].Env.Single(variable => variable.Name == "DFREEZE_LIBTORCH").Value, mount.MountPath, mount.ReadOnlyProperty, claim.ClaimName, claim.ReadOnlyProperty);
    }
}
