using System.Collections.Immutable;

namespace DistributedFreeze.Evaluation;

/// <summary>Whether a classifier is right as often as it says. Immutable and thread-safe.</summary>
/// <remarks>
/// The expected calibration error of Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks" (ICML 2017), eq. 3: images
/// are put into 15 bins of equal width by their highest probability, a bin taking its upper edge and not its lower one; the error is the
/// mean over images of the gap between their bin's accuracy and its mean probability.
/// </remarks>
public sealed record Calibration
{
    /// <summary>Number of bins.</summary>
    public const int BinCount = 15;

    private Calibration()
    {
    }

    /// <summary>The bins from 0 to 1, empty ones included.</summary>
    public required ImmutableArray<ReliabilityBin> Bins { get; init; }

    /// <summary>Expected calibration error, 0 to 1.</summary>
    public required double ExpectedError { get; init; }

    /// <summary>Sorts images into bins.</summary>
    /// <param name="images">At least one.</param>
    /// <exception cref="ArgumentException">There is no image.</exception>
    public static Calibration Of(IReadOnlyCollection<ClassifiedImage> images)
    {
        if (images.Count == 0)
        {
            throw new ArgumentException("Nothing can be said about a classifier without an image.", nameof(images));
        }

        var (counts, right, confidence) = (new int[BinCount], new int[BinCount], new double[BinCount]);
        foreach (var image in images)
        {
            var bin = BinOf(image.Confidence);
            counts[bin]++;
            right[bin] += image.IsRight ? 1 : 0;
            confidence[bin] += image.Confidence;
        }

        return new()
        {
            Bins = [.. Enumerable.Range(0, BinCount).Select(bin => new ReliabilityBin(
                Edge(bin), Edge(bin + 1), counts[bin], Mean(confidence[bin], counts[bin]), Mean(right[bin], counts[bin])))],
            ExpectedError = Enumerable.Range(0, BinCount).Sum(bin => Math.Abs(right[bin] - confidence[bin])) / images.Count,
        };
    }

    private static int BinOf(double confidence)
    {
        var bin = 0;
        while (bin < BinCount - 1 && confidence > Edge(bin + 1))
        {
            bin++;
        }

        return bin;
    }

    private static double Edge(int bin) => (double)bin / BinCount;

    private static double? Mean(double sum, int count) => count == 0 ? null : sum / count;
}

/// <summary>Images whose highest probability lies in one range.</summary>
/// <param name="Above">The range's lower edge, which is not in it.</param>
/// <param name="UpTo">The range's upper edge, which is in it.</param>
/// <param name="Images">How many there are.</param>
/// <param name="Confidence">Mean of their highest probabilities; null where there are none.</param>
/// <param name="Accuracy">Share of them that was answered right; null where there are none.</param>
public readonly record struct ReliabilityBin(double Above, double UpTo, int Images, double? Confidence, double? Accuracy);
