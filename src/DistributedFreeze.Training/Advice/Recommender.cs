using System.Collections.Immutable;
using DistributedFreeze.Advice;

namespace DistributedFreeze.Training.Advice;

/// <summary>Recommends one of the candidates that have answered, and says why.</summary>
/// <remarks>
/// It is the cheapest one that no other is distinguishably better than, since a difference that chance makes is no reason to pay. Where the price is the same there is
/// nothing to pay, so there the best one is taken, and of equally good ones the simplest. Images held out are few to tell heads on a frozen base apart, so that training images
/// count as well, by what probes said of them.
/// </remarks>
internal static class Recommender
{
    /// <param name="answered">The candidates and what each says of the same images, at least one.</param>
    /// <param name="comparison">Of these images.</param>
    public static Recommendation Of(ImmutableArray<(Candidate Candidate, ImmutableArray<Answer> Answers)> answered, Comparison comparison)
    {
        ImmutableArray<Contender> all =
        [
            .. answered.Select(one => new Contender(one.Candidate, one.Answers, comparison.GoodnessOf([.. one.Candidate.Probed, .. one.Answers])))
                .OrderBy(one => one.Price).ThenByDescending(one => one.Goodness).ThenBy(one => one.Candidate.Cost),
        ];
        ImmutableArray<Contender> contenders = [.. all.DistinctBy(one => one.Price)];
        var place = Choice.Of([.. contenders.Select(one => one.Price)], (one, other) => IsBetter(contenders[one], contenders[other]));
        var chosen = contenders[place];
        return new(chosen.Candidate.Name, $"{Why()}{Beyond()}", chosen.Candidate.Spec);

        bool IsBetter(Contender one, Contender other) => comparison.GainOf(one.Answers, other.Answers) is { IsDistinguishable: true, Value: > 0 };

        string Why()
        {
            var rivals = all.Where(one => one != chosen && one.Price.Equals(chosen.Price)).ToList();
            var beaten = all.Where(one => one.Price < chosen.Price && IsBetter(chosen, one)).ToList();
            return beaten.Count > 0 ? $"It is distinguishably better than {Names(beaten)}, which {(beaten.Count == 1 ? "costs" : "cost")} less"
                : place > 0 ? $"Others are distinguishably better than {Names([.. contenders[..place]])}, which {(place == 1 ? "costs" : "cost")} less, and none is than this one"
                : rivals.Count > 0 ? $"It costs no more than {Names(rivals)}, and is {Beside(rivals)}"
                : "It is the cheapest";
        }

        string Beyond() => place < contenders.Length - 1 ? ", and none of the dearer candidates is distinguishably better on these images."
            : place > 0 ? ", and no cheaper one was as good."
            : "; nothing dearer was tried.";

        string Beside(List<Contender> rivals)
        {
            var beaten = rivals.FindAll(one => IsBetter(chosen, one));
            return beaten.Count == rivals.Count ? "distinguishably better"
                : beaten.Count > 0 ? $"distinguishably better than {Names(beaten)}"
                : rivals.TrueForAll(one => one.Goodness.Equals(chosen.Goodness)) ? "as good"
                : $"the best of them{(chosen.Candidate.Probed.IsEmpty ? "" : " on training images and those held out together")}, though not distinguishably";
        }
    }

    private static string Names(List<Contender> contenders)
    {
        var names = contenders.ConvertAll(one => one.Candidate.Name);
        return names.Count == 1 ? names[0] : $"{string.Join(", ", names.SkipLast(1))} and {names[^1]}";
    }

    /// <summary>A candidate with its answers to the images held out, and how good it is with what was probed.</summary>
    private sealed record Contender(Candidate Candidate, ImmutableArray<Answer> Answers, double Goodness)
    {
        /// <summary>Heads on a frozen base cost the same, whatever they read: one pass of the images.</summary>
        public double Price => Candidate.IsBaseFrozen ? 0 : Candidate.Cost;
    }
}
