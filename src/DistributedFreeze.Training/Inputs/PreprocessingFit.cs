using System.Collections.Immutable;
using System.Globalization;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Inputs;

/// <summary>How well each preprocessing explains what a base remembers of its training.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
internal sealed class PreprocessingFit
{
    /// <summary>The three that there are.</summary>
    private static readonly ImmutableArray<Preprocessing> All = [Preprocessing.Caffe, Preprocessing.Torch, Preprocessing.Tf];

    /// <summary>How many times farther off than the best another one has to be to be ruled out.</summary>
    private const double Clearly = 10;

    /// <summary>What counts as no distance at all: what the best one is off by chance.</summary>
    private const double Chance = 0.02;

    /// <summary>From this distance on not even the best one explains what is remembered.</summary>
    private const double TooFar = 0.5;

    private readonly ImmutableDictionary<Preprocessing, double> _distances;

    /// <param name="layer">The first layer.</param>
    /// <param name="patches">
    /// What the images may have looked like in training: photographs, or the run's own. The nearer of them counts, since weights are trained on
    /// the ones or the others, and drawings shown to weights of photographs prove nothing.
    /// </param>
    public PreprocessingFit(FirstLayer layer, params ReadOnlySpan<PatchStatistics> patches)
    {
        var distances = All.ToDictionary(preprocessing => preprocessing, _ => double.PositiveInfinity);
        foreach (var images in patches)
        {
            foreach (var preprocessing in All)
            {
                distances[preprocessing] = Math.Min(distances[preprocessing], layer.Divergence(images, preprocessing));
            }
        }

        _distances = distances.ToImmutableDictionary();
        Best = All.MinBy(preprocessing => distances[preprocessing]);
    }

    /// <summary>The one that explains most.</summary>
    public Preprocessing Best { get; }

    /// <summary>True where not even the best one explains what is remembered.</summary>
    public bool IsPoor => !(_distances[Best] < TooFar);

    /// <summary>Whether another one explains so much more that this one cannot be what the weights were trained with.</summary>
    public bool RulesOut(Preprocessing preprocessing) => _distances[preprocessing] >= Clearly * Math.Max(_distances[Best], Chance);

    /// <summary>The distances in words, the nearest first: <c>0.00 off with torch, 0.38 with tf and 1,765 with caffe</c>.</summary>
    public string Distances
    {
        get
        {
            var sorted = All.OrderBy(preprocessing => _distances[preprocessing]).Select(preprocessing => $"{Number(_distances[preprocessing])} {{0}}with {Word(preprocessing)}").ToList();
            return string.Format(CultureInfo.InvariantCulture, sorted[0], "off ")
                + string.Format(CultureInfo.InvariantCulture, $", {sorted[1]} and {sorted[2]}", "");
        }
    }

    /// <summary>The word for it in run files and options.</summary>
    public static string Word(Preprocessing preprocessing) => RunEnums.NameOf(preprocessing);

    private static string Number(double distance) => distance.ToString(distance < 10 ? "N2" : "N0", CultureInfo.InvariantCulture);
}
