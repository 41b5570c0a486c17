using System.Collections.Immutable;

namespace DistributedFreeze.Training.Checks;

/// <summary>Finds labels that are probably wrong by probabilities that classifiers gave without having seen the image. Pure and thread-safe.</summary>
/// <remarks>
/// Northcutt, Jiang and Chuang, Confident Learning: Estimating Uncertainty in Dataset Labels, JAIR 70 (2021), section 3.1. A class is believed where its
/// probability is at least the mean probability that images labelled so have for it; an image is suspected where the likeliest class so believed is
/// another one than its label. Rarely seen classes, of which a classifier is never sure, are judged by their own measure that way.
/// </remarks>
internal static class ConfidentLearning
{
    /// <param name="probabilities">Of each image the probability of each class.</param>
    /// <param name="labels">The class that each image is labelled with.</param>
    /// <returns>The images that are suspected and the class that each looks like; first those whose own class is the least likely beside the other.</returns>
    public static ImmutableArray<(int Image, int LooksLike)> Find(IReadOnlyList<double[]> probabilities, IReadOnlyList<int> labels)
    {
        if (labels.Count == 0)
        {
            return [];
        }

        var thresholds = Thresholds(probabilities, labels);
        var suspects = ImmutableArray.CreateBuilder<(int Image, int LooksLike)>();
        for (var i = 0; i < labels.Count; i++)
        {
            if (Believed(probabilities[i], thresholds) is { } believed && believed != labels[i])
            {
                suspects.Add((i, believed));
            }
        }

        return [.. suspects.OrderBy(suspect => Margin(suspect.Image, suspect.LooksLike)).ThenBy(suspect => suspect.Image)];

        double Margin(int image, int other) => probabilities[image][labels[image]] - probabilities[image][other];
    }

    /// <returns>Of each class the mean probability that images labelled so have for it; more than any probability where there are none.</returns>
    private static double[] Thresholds(IReadOnlyList<double[]> probabilities, IReadOnlyList<int> labels)
    {
        var (sums, counts) = (new double[probabilities[0].Length], new int[probabilities[0].Length]);
        for (var i = 0; i < labels.Count; i++)
        {
            sums[labels[i]] += probabilities[i][labels[i]];
            counts[labels[i]]++;
        }

        return [.. sums.Select((sum, label) => counts[label] == 0 ? double.PositiveInfinity : sum / counts[label])];
    }

    private static int? Believed(double[] probabilities, double[] thresholds)
    {
        int? best = null;
        for (var label = 0; label < thresholds.Length; label++)
        {
            if (probabilities[label] >= thresholds[label] && (best is null || probabilities[label] > probabilities[best.Value]))
            {
                best = label;
            }
        }

        return best;
    }
}
