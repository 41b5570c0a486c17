using k8s.Models;

namespace DistributedFreeze.Deployment.Manifests;

/// <summary>A pod that somebody makes, and who.</summary>
internal sealed record DeployedPod(string Owner, IDictionary<string, string> Labels, V1PodSpec Spec)
{
    /// <summary>Whether it runs a silo.</summary>
    public bool IsSilo => Labels.TryGetValue("app.kubernetes.io/component", out var component) && component == "silo";

    /// <summary>Whether it goes on until it is asked to end.</summary>
    public bool Serves => Spec.RestartPolicy is null or "Always";

    /// <summary>Pods of these objects.</summary>
    public static IEnumerable<DeployedPod> In(IEnumerable<Manifest> manifests)
    {
        foreach (var manifest in manifests)
        {
            var (metadata, spec) = manifest.Object switch
            {
                V1StatefulSet set => (set.Spec.Template.Metadata, set.Spec.Template.Spec),
                V1Deployment deployment => (deployment.Spec.Template.Metadata, deployment.Spec.Template.Spec),
                V1Job job => (job.Spec.Template.Metadata, job.Spec.Template.Spec),
                V1Pod pod => (pod.Metadata, pod.Spec),
                _ => (null, null),
            };
            if (metadata is not null && spec is not null)
            {
                yield return new(manifest.ToString(), metadata.Labels, spec);
            }
        }
    }

    /// <summary>The value of a variable of its only container; null where there is none or it is a secret's.</summary>
    public string? Variable(string name) => Assert.Single(Spec.Containers).Env?.SingleOrDefault(variable => variable.Name == name)?.Value;

    public override string ToString() => Owner;
}
