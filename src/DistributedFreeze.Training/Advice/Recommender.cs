using System.Collections.Immutable;
using DistributedFreeze.Advice;

namespace DistributedFreeze.Training.Advice;

/// <summary>Recommends one of the candidates that have answered, and says why.</summary>
/// <remarks>
/// It is the cheapest one that no other is distinguishably better than, since a difference that chance makes is no reason to pay. Where the price is the same there is
/// nothing to pay, so there the best one is taken, and of equally good ones the simplest.
/// </remarks>
internal static class Recommender
{
    /// <param name="answered">The candidates and what each says of the same images, at least one.</param>
    /// <param name="comparison">Of these images.</param>
    public static Recommendation Of(ImmutableArray<(Candidate Candidate, ImmutableArray<Answer> Answers)> answered, Comparison comparison)
    {
        ImmutableArray<Contender> contenders =
        [
            .. answered.Select(one => new Contender(one.Candidate, one.Answers, comparison.GoodnessOf(one.Answers)))
                .OrderBy(one => one.Price).ThenByDescending(one => one.Goodness).ThenBy(one => one.Candidate.Cost),
        ];
        var chosen = contenders[Choice.Of([.. contenders.Select(one => one.Price)], (one, other) => IsBetter(contenders[one], contenders[other]))];
        return new(chosen.Candidate.Name, Reason(), chosen.Candidate.Spec);

        bool IsBetter(Contender one, Contender other) => comparison.GainOf(one.Answers, other.Answers) is { IsDistinguishable: true, Value: > 0 };

        string Reason()
        {
            var rivals = contenders.Where(one => one != chosen && one.Price.Equals(chosen.Price)).ToList();
            var cheaper = contenders.Where(one => one.Price < chosen.Price && IsBetter(chosen, one)).ToList();
            var why = cheaper.Count > 0 ? $"It is distinguishably better than {Names(cheaper)}, which {(cheaper.Count == 1 ? "costs" : "cost")} less"
                : rivals.Count > 0 ? $"It costs no more than {Names(rivals)}, and is {Beside(rivals)}"
                : "It is the cheapest";
            return contenders.All(one => one.Price <= chosen.Price)
                ? $"{why}, and no cheaper one was as good."
                : $"{why}, and none of the dearer candidates is distinguishably better on these images.";
        }

        string Beside(List<Contender> rivals)
        {
            var beaten = rivals.FindAll(one => IsBetter(chosen, one));
            return beaten.Count == rivals.Count ? "distinguishably better"
                : beaten.Count > 0 ? $"distinguishably better than {Names(beaten)}"
                : rivals.TrueForAll(one => one.Goodness.Equals(chosen.Goodness)) ? "as good"
                : "the best of them, though not distinguishably";
        }
    }

    private static string Names(List<Contender> contenders)
    {
        var names = contenders.ConvertAll(one => one.Candidate.Name);
        return names.Count == 1 ? names[0] : $"{string.Join(", ", names.SkipLast(1))} and {names[^1]}";
    }

    /// <summary>A candidate with its answers.</summary>
    private sealed record Contender(Candidate Candidate, ImmutableArray<Answer> Answers, double Goodness)
    {
        /// <summary>Heads on a frozen base cost the same, whatever they read: one pass of the images.</summary>
        public double Price => Candidate.IsBaseFrozen ? 0 : Candidate.Cost;
    }
}
