using System.Collections.Frozen;
using System.Collections.Immutable;

namespace DistributedFreeze.Evaluation;

/// <summary>How many images of each class were given each answer. Immutable and thread-safe.</summary>
/// <remarks>
/// Whole numbers, so that parts of a data set that were counted apart add up to the same whatever their order. Only what was counted takes memory: with
/// thousands of classes nearly all of the square is empty.
/// </remarks>
public sealed class ConfusionMatrix
{
    private readonly FrozenDictionary<(int Truth, int Answer), long> _counts;
    private readonly long[] _support;
    private readonly long[] _answered;

    private ConfusionMatrix(int classes, Dictionary<(int Truth, int Answer), long> counts)
    {
        (Classes, _counts) = (classes, counts.ToFrozenDictionary());
        (_support, _answered) = (new long[classes], new long[classes]);
        foreach (var ((truth, answer), images) in counts)
        {
            _support[truth] += images;
            _answered[answer] += images;
        }
    }

    /// <summary>Number of classes, at least 1.</summary>
    public int Classes { get; }

    /// <summary>Images of one class that were given one answer.</summary>
    /// <param name="truth">Number of the class.</param>
    /// <param name="answer">Number of the class that was answered.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    public long this[int truth, int answer] => _counts.GetValueOrDefault((Checked(truth, Classes), Checked(answer, Classes)));

    /// <summary>What was counted, by class, then answer; without pairs of no image.</summary>
    public ImmutableArray<(int Truth, int Answer, long Images)> Counts =>
        [.. _counts.Where(count => count.Value > 0).OrderBy(count => count.Key).Select(count => (count.Key.Truth, count.Key.Answer, count.Value))];

    /// <summary>All images.</summary>
    public long Images => _support.Sum();

    /// <summary>Images whose answer is their class.</summary>
    public long Correct => _counts.Sum(count => count.Key.Truth == count.Key.Answer ? count.Value : 0);

    /// <summary>Counts answers.</summary>
    /// <param name="truths">The class of each image.</param>
    /// <param name="answers">The answer for each image.</param>
    /// <param name="classes">Number of classes, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="classes"/> is below 1, or a class is none of them.</exception>
    /// <exception cref="ArgumentException">There are more of one than of the other.</exception>
    public static ConfusionMatrix Of(IReadOnlyList<int> truths, IReadOnlyList<int> answers, int classes) => truths.Count == answers.Count
        ? Of(truths.Zip(answers, (truth, answer) => (truth, answer, 1L)), classes)
        : throw new ArgumentException($"{truths.Count} images have {answers.Count} answers.", nameof(answers));

    /// <summary>Adds counts up.</summary>
    /// <param name="counts">Images, at least 0, of a class and an answer; pairs may come more than once.</param>
    /// <param name="classes">Number of classes, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="classes"/> is below 1, a class is none of them, or a count is negative.</exception>
    public static ConfusionMatrix Of(IEnumerable<(int Truth, int Answer, long Images)> counts, int classes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        var sums = new Dictionary<(int Truth, int Answer), long>();
        foreach (var (truth, answer, images) in counts)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(images, nameof(counts));
            var pair = (Checked(truth, classes), Checked(answer, classes));
            sums[pair] = sums.GetValueOrDefault(pair) + images;
        }

        return new(classes, sums);
    }

    /// <summary>Images of a class.</summary>
    /// <param name="truth">Number of the class.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    public long Support(int truth) => _support[Checked(truth, Classes)];

    /// <summary>Images that were said to be of a class.</summary>
    /// <param name="answer">Number of the class.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    public long Answered(int answer) => _answered[Checked(answer, Classes)];

    private static int Checked(int number, int classes) => number >= 0 && number < classes
        ? number
        : throw new ArgumentOutOfRangeException(nameof(number), number, $"The classes are 0 to {classes - 1}.");
}
