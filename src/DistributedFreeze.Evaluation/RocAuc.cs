namespace DistributedFreeze.Evaluation;

/// <summary>Area under the receiver operating characteristic. Pure and thread-safe.</summary>
/// <remarks>
/// The probability that an image of the class has a higher score than one of another class, equal scores counting half: the Mann-Whitney
/// statistic over the product of both counts (Hanley and McNeil, Radiology 143, 1982). That is the trapezoidal area that scikit-learn's
/// <c>roc_auc_score</c> computes. Ranks are added as whole numbers, so only the last division rounds.
/// </remarks>
public static class RocAuc
{
    /// <summary>One class against the rest.</summary>
    /// <param name="scores">The score of each image; higher speaks for the class.</param>
    /// <param name="isOfClass">Whether each image is of the class.</param>
    /// <returns>0 to 1; null where no image is of the class, or none is of another: then there is no such area.</returns>
    /// <exception cref="ArgumentException">There are more of one than of the other, or a score is no number.</exception>
    public static double? Of(ReadOnlySpan<float> scores, ReadOnlySpan<bool> isOfClass)
    {
        if (scores.Length != isOfClass.Length)
        {
            throw new ArgumentException($"{scores.Length} images have {isOfClass.Length} truths.", nameof(isOfClass));
        }

        if (scores.ContainsAnyExceptInRange(float.NegativeInfinity, float.PositiveInfinity))
        {
            throw new ArgumentException("A score is not a number.", nameof(scores));
        }

        var (sorted, own) = (scores.ToArray(), isOfClass.ToArray());
        Array.Sort(sorted, own);

        // Ranks from 1, doubled, since equal scores share the mean of theirs.
        var (doubledRanks, positives) = ((Int128)0, 0L);
        for (var first = 0; first < sorted.Length;)
        {
            var (end, equal) = (first, 0);
            for (; end < sorted.Length && sorted[end] == sorted[first]; end++)
            {
                equal += own[end] ? 1 : 0;
            }

            doubledRanks += (Int128)equal * (first + end + 1);
            positives += equal;
            first = end;
        }

        var negatives = sorted.Length - positives;
        return positives == 0 || negatives == 0
            ? null
            : (double)(doubledRanks - ((Int128)positives * (positives + 1))) / (2.0 * positives * negatives);
    }
}
