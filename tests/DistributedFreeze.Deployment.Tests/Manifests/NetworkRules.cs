using k8s.Models;

namespace DistributedFreeze.Deployment.Manifests;

/// <summary>Who reaches whom, as a network that keeps the policies decides it; all pods are in one namespace unless said otherwise.</summary>
internal sealed class NetworkRules(IEnumerable<Manifest> manifests)
{
    private readonly List<V1NetworkPolicy> _policies = [.. manifests.Select(manifest => manifest.Object).OfType<V1NetworkPolicy>()];

    /// <summary>Whether a pod may be reached at a port.</summary>
    /// <param name="target">Labels of the pod that is called.</param>
    /// <param name="port">Its port.</param>
    /// <param name="from">Labels of the caller.</param>
    /// <param name="fromNamespace">Name of the caller's namespace; null where it is the target's.</param>
    public bool LetsIn(IDictionary<string, string> target, int port, IDictionary<string, string> from, string? fromNamespace = null)
    {
        var policies = _policies.Where(policy => policy.Spec.PolicyTypes.Contains("Ingress") && Matches(policy.Spec.PodSelector, target)).ToList();
        return policies.Count == 0 || policies.SelectMany(policy => policy.Spec.Ingress ?? [])
            .Any(rule => HasPort(rule.Ports, port) && HasPeer(rule.FromProperty, from, fromNamespace));
    }

    /// <summary>Whether a pod may call another at a port.</summary>
    /// <param name="source">Labels of the caller.</param>
    /// <param name="to">Labels of the pod that is called.</param>
    /// <param name="port">Its port.</param>
    /// <param name="toNamespace">Name of its namespace; null where it is the caller's.</param>
    public bool LetsOut(IDictionary<string, string> source, IDictionary<string, string> to, int port, string? toNamespace = null)
    {
        var policies = _policies.Where(policy => policy.Spec.PolicyTypes.Contains("Egress") && Matches(policy.Spec.PodSelector, source)).ToList();
        return policies.Count == 0 || policies.SelectMany(policy => policy.Spec.Egress ?? [])
            .Any(rule => HasPort(rule.Ports, port) && HasPeer(rule.To, to, toNamespace));
    }

    private static bool HasPort(IList<V1NetworkPolicyPort>? ports, int port) =>
        ports is not { Count: > 0 } || ports.Any(open => open.Port.Value == $"{port}");

    private static bool HasPeer(IList<V1NetworkPolicyPeer>? peers, IDictionary<string, string> pod, string? otherNamespace) =>
        peers is not { Count: > 0 } || peers.Any(peer => peer.IpBlock is null
            && (peer.NamespaceSelector is null
                ? otherNamespace is null
                : Matches(peer.NamespaceSelector, new Dictionary<string, string> { ["kubernetes.io/metadata.name"] = otherNamespace ?? "lab" }))
            && (peer.PodSelector is null || Matches(peer.PodSelector, pod)));

    private static bool Matches(V1LabelSelector selector, IDictionary<string, string> labels) =>
        (selector.MatchLabels ?? new Dictionary<string, string>()).All(label => labels.TryGetValue(label.Key, out var value) && value == label.Value);
}
