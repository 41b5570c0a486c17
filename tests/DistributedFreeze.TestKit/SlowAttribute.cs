using Xunit.v3;

namespace DistributedFreeze.TestKit;

/// <summary>Tests that train a run, start silos or take more than two seconds: the fast subset leaves them out. <c>CONTRIBUTING.md</c> has its command.</summary>
/// <param name="seconds">About how long a class takes, where that is half a minute or more: <see cref="LongestFirst"/> goes by it.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class SlowAttribute(int seconds = 2) : Attribute, ITraitAttribute
{
    /// <summary>About how long it takes.</summary>
    public int Seconds => seconds;

    /// <inheritdoc/>
    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("speed", "slow")];
}
