using System.Collections.Immutable;

namespace DistributedFreeze.Evaluation;

/// <summary>What follows from a confusion matrix. Immutable and thread-safe.</summary>
/// <remarks>
/// Definitions and edge cases are those of scikit-learn's <c>precision_recall_fscore_support</c> with <c>zero_division=0</c>,
/// <c>accuracy_score</c> and <c>balanced_accuracy_score</c> (scikit-learn 1.2, sklearn/metrics/_classification.py):
/// <list type="bullet">
/// <item>a class without images has recall 0, a class that was never answered has precision 0, and F1 is 0 where both are;</item>
/// <item>averages leave out a class that has no images and was never answered either; support weighs the weighted ones;</item>
/// <item>balanced accuracy is the mean recall of the classes that have images.</item>
/// </list>
/// </remarks>
public sealed record AnswerScores
{
    private AnswerScores()
    {
    }

    /// <summary>Share of the images whose answer is their class, 0 to 1.</summary>
    public required double Accuracy { get; init; }

    /// <summary>Mean recall of the classes that have images, 0 to 1.</summary>
    public required double BalancedAccuracy { get; init; }

    /// <summary>Every class, in the order of their numbers.</summary>
    public required ImmutableArray<ClassScore> Classes { get; init; }

    /// <summary>Each class counting the same.</summary>
    public required AverageScore Macro { get; init; }

    /// <summary>Each class counting as much as it has images.</summary>
    public required AverageScore Weighted { get; init; }

    /// <summary>Computes the scores.</summary>
    /// <param name="confusion">The counts, of at least one image.</param>
    /// <exception cref="ArgumentException">There is no image.</exception>
    public static AnswerScores Of(ConfusionMatrix confusion)
    {
        var images = confusion.Images;
        if (images == 0)
        {
            throw new ArgumentException("Nothing can be said about a classifier without an image.", nameof(confusion));
        }

        ImmutableArray<ClassScore> classes = [.. Enumerable.Range(0, confusion.Classes).Select(c => Score(confusion, c))];
        ClassScore[] seen = [.. classes.Where((score, c) => score.Support + confusion.Answered(c) > 0)];
        return new()
        {
            Accuracy = (double)confusion.Correct / images,
            BalancedAccuracy = seen.Where(score => score.Support > 0).Average(score => score.Recall),
            Classes = classes,
            Macro = new(seen.Average(score => score.Precision), seen.Average(score => score.Recall), seen.Average(score => score.F1)),
            Weighted = new(Weigh(score => score.Precision), Weigh(score => score.Recall), Weigh(score => score.F1)),
        };

        double Weigh(Func<ClassScore, double> of) => seen.Sum(score => of(score) * score.Support) / images;
    }

    private static ClassScore Score(ConfusionMatrix confusion, int number)
    {
        var (right, support, answered) = (confusion[number, number], confusion.Support(number), confusion.Answered(number));
        return new(Share(right, answered), Share(right, support), Share(2 * right, support + answered), support);
    }

    private static double Share(long part, long whole) => whole == 0 ? 0 : (double)part / whole;
}

/// <summary>How well one class is told from the others.</summary>
/// <param name="Precision">Share of the images said to be of the class that are, 0 to 1.</param>
/// <param name="Recall">Share of the class's images that were said to be of it, 0 to 1.</param>
/// <param name="F1">Harmonic mean of both, 0 to 1.</param>
/// <param name="Support">Images of the class.</param>
public readonly record struct ClassScore(double Precision, double Recall, double F1, long Support);

/// <summary>A mean over classes.</summary>
/// <param name="Precision">Of their precision, 0 to 1.</param>
/// <param name="Recall">Of their recall, 0 to 1.</param>
/// <param name="F1">Of their F1, 0 to 1.</param>
public readonly record struct AverageScore(double Precision, double Recall, double F1);
