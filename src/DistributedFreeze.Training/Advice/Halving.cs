using System.Collections.Immutable;

namespace DistributedFreeze.Training.Advice;

/// <summary>Successive halving: all begin with a few epochs, the better half goes on to twice as many, and so on. Pure and thread-safe.</summary>
/// <remarks>Jamieson and Talwalkar, "Non-stochastic best arm identification and hyperparameter optimization" (AISTATS 2016).</remarks>
internal static class Halving
{
    /// <summary>Epochs of the first round: after a single one, the order is mostly noise.</summary>
    private const int FirstEpochs = 2;

    /// <summary>The rounds.</summary>
    /// <param name="candidates">How many begin, at least 0.</param>
    /// <param name="mostEpochs">Epochs that a candidate would train in the end, at least 1.</param>
    /// <returns>For each round, how many are in it and how many epochs they have trained by its end.</returns>
    public static ImmutableArray<(int Candidates, int Epochs)> Rounds(int candidates, int mostEpochs)
    {
        var rounds = ImmutableArray.CreateBuilder<(int, int)>();
        for (var epochs = Math.Min(FirstEpochs, mostEpochs); candidates > 0; epochs = Math.Min(2 * epochs, mostEpochs))
        {
            rounds.Add((candidates, epochs));
            if (candidates == 1 || epochs == mostEpochs)
            {
                break;
            }

            candidates = (candidates + 1) / 2;
        }

        return rounds.ToImmutable();
    }

    /// <summary>Those that go on to the next round.</summary>
    /// <param name="badness">How bad each is on the images held out, after this round; the least is the best, and of equal ones the first.</param>
    /// <param name="count">How many go on.</param>
    /// <returns>Their places, ascending.</returns>
    public static ImmutableArray<int> Best<T>(IReadOnlyList<T> badness, int count)
        where T : IComparable<T> =>
        [.. Enumerable.Range(0, badness.Count).OrderBy(i => badness[i]).ThenBy(i => i).Take(count).Order()];
}
