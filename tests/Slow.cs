using Xunit.v3;

namespace DistributedFreeze;

/// <summary>Tests that train a run, start silos or take more than two seconds: the fast subset leaves them out. <c>CONTRIBUTING.md</c> has its command.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
internal sealed class SlowAttribute : Attribute, ITraitAttribute
{
    /// <inheritdoc/>
    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("speed", "slow")];
}
