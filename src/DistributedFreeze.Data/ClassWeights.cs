using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Data;

/// <summary>How much the loss of a training image counts, by class.</summary>
internal static class ClassWeights
{
    private const string Field = "class_weights";

    /// <summary>Unknown classes of which a person is told.</summary>
    private const int Told = 5;

    /// <summary>Whether the classes do not all count as their images are, by weight or by how often they come.</summary>
    public static bool AreGiven(RunSpec spec) =>
        spec.ClassWeights != ClassWeighting.None || !spec.ClassFactors.IsEmpty || spec.Sampling == ImageSampling.Balanced;

    /// <param name="spec">The run.</param>
    /// <param name="data">Its data set.</param>
    /// <returns>A factor for each class; null where every image counts 1.</returns>
    /// <exception cref="InvalidInputException">A factor names no class.</exception>
    public static float[]? Of(RunSpec spec, DataSet data)
    {
        if (!spec.ClassFactors.IsEmpty)
        {
            return Of(spec.ClassFactors, data.Classes);
        }

        var counts = new int[data.Classes.Length];
        foreach (var image in data.Train)
        {
            counts[image.Class]++;
        }

        return Of(spec.ClassWeights, counts);
    }

    /// <param name="factors">A factor for each class that is named.</param>
    /// <param name="classes">The classes there are.</param>
    /// <returns>A factor for each class, 1 for one that is not named.</returns>
    /// <exception cref="InvalidInputException">A factor names no class.</exception>
    public static float[] Of(NamedNumbers factors, IReadOnlyList<string> classes)
    {
        var strangers = factors.All.Where(factor => !classes.Contains(factor.Name, StringComparer.Ordinal)).ToList();
        return strangers.Count == 0
            ? [.. classes.Select(name => (float)(factors.Find(name) ?? 1))]
            : throw new InvalidInputException(strangers.Take(Told).Select(factor => new Problem(Field, Unknown(factor.Name, classes))));
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

    /// <summary>Near names where there are some, else the first classes.</summary>
    private static string Unknown(string name, IReadOnlyList<string> classes)
    {
        const int Shown = 10;
        return NearNames.Of(name, classes).Count > 0
            ? NearNames.Unknown("class", name, classes)
            : $"unknown class '{name}'; the classes are {string.Join(", ", classes.Take(Shown))}{(classes.Count > Shown ? $" and {classes.Count - Shown:N0} more" : "")}";
    }
}
