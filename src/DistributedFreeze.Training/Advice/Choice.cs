using System.Collections.Immutable;

namespace DistributedFreeze.Training.Advice;

/// <summary>Chooses among candidates: the cheapest one that no other is distinguishably better than. Pure and thread-safe.</summary>
/// <remarks>
/// What cannot be told apart from chance is no reason to pay for it. So a candidate that seems best by an image or two is not taken before one that costs less.
/// </remarks>
internal static class Choice
{
    /// <summary>The candidate that is chosen.</summary>
    /// <param name="costs">What each costs.</param>
    /// <param name="isBetter">Whether the first one is distinguishably better than the second.</param>
    /// <returns>Its place; of equally cheap ones the first.</returns>
    /// <exception cref="ArgumentException">There is no candidate.</exception>
    public static int Of(IReadOnlyList<double> costs, Func<int, int, bool> isBetter)
    {
        if (costs.Count == 0)
        {
            throw new ArgumentException("There is nothing to choose from.", nameof(costs));
        }

        ImmutableArray<int> cheapestFirst = [.. Enumerable.Range(0, costs.Count).OrderBy(i => costs[i]).ThenBy(i => i)];
        foreach (var one in cheapestFirst)
        {
            if (!cheapestFirst.Any(other => other != one && isBetter(other, one)))
            {
                return one;
            }
        }

        // Being better need not be transitive: then the last one that was beaten by none that is cheaper.
        return cheapestFirst.Last(one => !cheapestFirst.TakeWhile(other => other != one).Any(other => isBetter(other, one)));
    }
}
