using System.Collections.Immutable;

namespace DistributedFreeze.Data;

/// <summary>The first few of many, for a sentence.</summary>
internal static class Examples
{
    private const int Named = 5;

    /// <param name="all">At least one.</param>
    /// <returns>Such as <c>a</c>, <c>a, b and c</c>, or <c>a, b, c, d, e and 7 more</c>.</returns>
    public static string Of(ImmutableArray<string> all) => all.Length switch
    {
        1 => all[0],
        <= Named => $"{string.Join(", ", all.SkipLast(1))} and {all[^1]}",
        _ => $"{string.Join(", ", all.Take(Named))} and {all.Length - Named} more",
    };
}
