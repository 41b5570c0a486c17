using DistributedFreeze.Deployment.Manifests;
using DistributedFreeze.Deployment.Monitoring;
using DistributedFreeze.Telemetry;
using k8s.Models;
using YamlDotNet.RepresentationModel;

namespace DistributedFreeze.Deployment.Charts;

public sealed class PoolTests
{
    [Fact]
    public void ByDefault_ThereAreNoGpus()
    {
        var sets = Sets("helm default");

        Assert.Equal("freeze-distributed-freeze-cpu", Assert.Single(sets).Metadata.Name);
        Assert.DoesNotContain("nvidia.com/gpu", Silo(sets[0]).Resources.Limits.Keys);
    }

    [Fact]
    public void TheGpuPool_AsksForGpusOnTheirNodes()
    {
        var gpu = Sets("helm gpu").Single(set => set.Metadata.Name.EndsWith("-gpu", StringComparison.Ordinal));
        var pod = gpu.Spec.Template.Spec;

        Assert.Equal("4", Silo(gpu).Resources.Limits["nvidia.com/gpu"].ToString());
        Assert.Equal("4", Silo(gpu).Resources.Requests["nvidia.com/gpu"].ToString());
        Assert.Equal("registry.example/distributed-freeze-cuda:0.1.0", Silo(gpu).Image);
        Assert.Equal("NVIDIA-H100-80GB-HBM3", pod.NodeSelector["nvidia.com/gpu.product"]);
        Assert.Contains(pod.Tolerations, toleration => toleration is { Key: "nvidia.com/gpu", OperatorProperty: "Exists", Effect: "NoSchedule" });
        Assert.Equal("nvidia", pod.RuntimeClassName);
        Assert.Equal("training", pod.PriorityClassName);
        Assert.DoesNotContain(Silo(gpu).Env, variable => variable.Name == "DistributedFreeze__CpuSlots");
    }

    [Fact]
    public void TheCpuPool_SaysItsSlots() => Assert.Equal(
        "2",
        Silo(Sets("helm gpu").Single(set => set.Metadata.Name.EndsWith("-cpu", StringComparison.Ordinal)))
            .Env.Single(variable => variable.Name == "DistributedFreeze__CpuSlots").Value);

    [Fact]
    public void AGpuImage_IsTheCudaOneUnlessSaid()
    {
        var gpu = Chart.With("image: {repository: a/b}\npools: {cpu: {enabled: false}, gpu: {enabled: true}}")
            .Select(manifest => manifest.Object).OfType<V1StatefulSet>().Single();

        Assert.Equal("a/b:0.1.0-cuda", Silo(gpu).Image);
    }

    [Fact]
    public void Pools_ShareTheClusterButNoPods()
    {
        var sets = Sets("helm gpu");

        Assert.Equal(2, sets.Count);
        Assert.Single(sets.Select(set => set.Spec.ServiceName).Distinct());
        Assert.All(sets, set => Assert.Equal(
            1, sets.Count(other => set.Spec.Selector.MatchLabels.All(label => other.Spec.Template.Metadata.Labels[label.Key] == label.Value))));
        Assert.All(sets, set => Assert.Equal(set.Spec.Selector.MatchLabels, Spread(set).LabelSelector.MatchLabels));
        Assert.All(sets, set => Assert.Equal("topology.kubernetes.io/zone", Spread(set).TopologyKey));
    }

    [Fact]
    public void ADrain_TakesOneSiloOfAllPools()
    {
        var budget = Assert.Single(Objects<V1PodDisruptionBudget>("helm gpu"));

        Assert.Equal("1", budget.Spec.MaxUnavailable.Value);
        Assert.All(Sets("helm gpu"), set => Assert.All(
            budget.Spec.Selector.MatchLabels, label => Assert.Equal(label.Value, set.Spec.Template.Metadata.Labels[label.Key])));
    }

    [Fact]
    public void AFixedPool_HasItsReplicas_AndNothingThatScalesIt()
    {
        Assert.Equal(2, Sets("helm default")[0].Spec.Replicas);
        Assert.Empty(Objects<V2HorizontalPodAutoscaler>("helm default"));
        Assert.DoesNotContain(Deployed.Manifests("helm default"), manifest => manifest.Kind == "ScaledObject");
    }

    [Fact]
    public void AScaledPool_LeavesItsReplicasToWhatScalesIt()
    {
        Assert.All(Sets("helm gpu"), set => Assert.Null(set.Spec.Replicas));

        var scaler = Assert.Single(Objects<V2HorizontalPodAutoscaler>("helm gpu"));
        Assert.Equal("freeze-distributed-freeze-cpu", scaler.Spec.ScaleTargetRef.Name);
        Assert.Equal((2, 6), (scaler.Spec.MinReplicas, scaler.Spec.MaxReplicas));

        var queue = Assert.Single(Deployed.Manifests("helm gpu"), manifest => manifest.Kind == "ScaledObject");
        Assert.Equal("freeze-distributed-freeze-gpu", queue.Text("spec", "scaleTargetRef", "name"));
        var query = Assert.IsType<YamlSequenceNode>(queue.At("spec", "triggers")).Single()["metadata"]["query"].ToString();
        Assert.Equal("sum(distributed_freeze_queue_length{namespace=\"lab\", reason!=\"quota\"})", query);
        Assert.Contains(Assert.Single(PromQl.Parse(query).Metrics).Metric, Measures.All.Select(measure => measure.PrometheusName));
    }

    [Fact]
    public void ACacheOfItsOwn_IsEachSilosClaim()
    {
        Assert.Equal("25Gi", Assert.Single(Sets("helm default")[0].Spec.VolumeClaimTemplates).Spec.Resources.Requests["storage"].ToString());
        Assert.Null(Sets("helm external-redis")[0].Spec.VolumeClaimTemplates);
        Assert.Null(Sets("helm minimal")[0].Spec.VolumeClaimTemplates);
    }

    [Fact]
    public void ClaimsThatAreThere_AreUsedAndNotMade()
    {
        var claims = Sets("helm external-redis")[0].Spec.Template.Spec.Volumes
            .Where(volume => volume.PersistentVolumeClaim is not null)
            .ToDictionary(volume => volume.Name, volume => volume.PersistentVolumeClaim.ClaimName);

        Assert.Equal(new Dictionary<string, string> { ["data"] = "photos", ["outputs"] = "models", ["cache"] = "features" }, claims);
        Assert.Empty(Objects<V1PersistentVolumeClaim>("helm external-redis"));
    }

    [Fact]
    public void ClaimsThatAreMade_OutliveTheRelease()
    {
        var claims = Objects<V1PersistentVolumeClaim>("helm default");

        Assert.Equal(2, claims.Count);
        Assert.All(claims, claim => Assert.Equal("keep", claim.Metadata.Annotations["helm.sh/resource-policy"]));
    }

    private static List<V1StatefulSet> Sets(string deployment) => Objects<V1StatefulSet>(deployment);

    private static List<T> Objects<T>(string deployment) => [.. Deployed.Manifests(deployment).Select(manifest => manifest.Object).OfType<T>()];

    private static V1Container Silo(V1StatefulSet set) => Assert.Single(set.Spec.Template.Spec.Containers);

    private static V1TopologySpreadConstraint Spread(V1StatefulSet set) => Assert.Single(set.Spec.Template.Spec.TopologySpreadConstraints);
}
