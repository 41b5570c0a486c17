namespace DistributedFreeze.Inference.Evaluation;

/// <summary>How many images of each class were given each answer. Immutable and thread-safe.</summary>
/// <remarks>Whole numbers, so that parts of a data set that were counted apart add up to the same whatever their order.</remarks>
public sealed class ConfusionMatrix
{
    private readonly long[] _counts;

    private ConfusionMatrix(int classes, long[] counts) => (Classes, _counts) = (classes, counts);

    /// <summary>Number of classes, at least 1.</summary>
    public int Classes { get; }

    /// <summary>Images of one class that were given one answer.</summary>
    /// <param name="truth">Number of the class.</param>
    /// <param name="answer">Number of the class that was answered.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    public long this[int truth, int answer] => _counts[(Checked(truth) * Classes) + Checked(answer)];

    /// <summary>All images.</summary>
    public long Images => _counts.Sum();

    /// <summary>Images whose answer is their class.</summary>
    public long Correct => Enumerable.Range(0, Classes).Sum(c => this[c, c]);

    /// <summary>Counts answers.</summary>
    /// <param name="truths">The class of each image.</param>
    /// <param name="answers">The answer for each image.</param>
    /// <param name="classes">Number of classes, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="classes"/> is below 1, or a class is none of them.</exception>
    /// <exception cref="ArgumentException">There are more of one than of the other.</exception>
    public static ConfusionMatrix Of(ReadOnlySpan<int> truths, ReadOnlySpan<int> answers, int classes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        if (truths.Length != answers.Length)
        {
            throw new ArgumentException($"{truths.Length} images have {answers.Length} answers.", nameof(answers));
        }

        var matrix = new ConfusionMatrix(classes, new long[classes * classes]);
        for (var i = 0; i < truths.Length; i++)
        {
            matrix._counts[(matrix.Checked(truths[i]) * classes) + matrix.Checked(answers[i])]++;
        }

        return matrix;
    }

    /// <summary>Takes counts that others have made.</summary>
    /// <param name="counts">A row for each class, with a count for each answer.</param>
    /// <exception cref="ArgumentException">It is empty or no square, or a count is negative.</exception>
    public static ConfusionMatrix Of(IEnumerable<IEnumerable<long>> counts)
    {
        var rows = counts.Select(row => row.ToArray()).ToArray();
        return rows.Length > 0 && rows.All(row => row.Length == rows.Length && row.All(count => count >= 0))
            ? new(rows.Length, [.. rows.SelectMany(row => row)])
            : throw new ArgumentException("A confusion matrix is a square of counts.", nameof(counts));
    }

    /// <summary>Images of a class.</summary>
    /// <param name="truth">Number of the class.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    public long Support(int truth) => Enumerable.Range(0, Classes).Sum(answer => this[truth, answer]);

    /// <summary>Images that were said to be of a class.</summary>
    /// <param name="answer">Number of the class.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    public long Answered(int answer) => Enumerable.Range(0, Classes).Sum(truth => this[truth, answer]);

    private int Checked(int number) => number >= 0 && number < Classes
        ? number
        : throw new ArgumentOutOfRangeException(nameof(number), number, $"The classes are 0 to {Classes - 1}.");
}
