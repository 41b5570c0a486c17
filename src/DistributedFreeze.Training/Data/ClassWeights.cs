using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Data;

/// <summary>How much the loss of a training image counts, by class.</summary>
internal static class ClassWeights
{
    /// <param name="weighting">How.</param>
    /// <param name="data">The data set.</param>
    /// <returns>A factor for each class; null where every image counts 1.</returns>
    public static float[]? Of(ClassWeighting weighting, DataSet data)
    {
        var counts = new int[data.Classes.Length];
        foreach (var image in data.Train)
        {
            counts[image.Class]++;
        }

        return Of(weighting, counts);
    }

    /// <param name="weighting">How.</param>
    /// <param name="counts">Training images of each class.</param>
    /// <returns>A factor for each class, 1 for one without images; null where every image counts 1.</returns>
    public static float[]? Of(ClassWeighting weighting, ReadOnlySpan<int> counts)
    {
        if (weighting == ClassWeighting.None)
        {
            return null;
        }

        var (images, classes) = (0L, 0);
        foreach (var count in counts)
        {
            images += count;
            classes += count > 0 ? 1 : 0;
        }

        var weights = new float[counts.Length];
        for (var c = 0; c < weights.Length; c++)
        {
            weights[c] = counts[c] == 0 ? 1 : (float)(images / ((double)classes * counts[c]));
        }

        return weights;
    }
}
