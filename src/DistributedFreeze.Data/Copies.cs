using System.Collections.Immutable;
using System.Globalization;
using DistributedFreeze.Inference.Images;

namespace DistributedFreeze.Data;

/// <summary>Images that stand twice where that spoils a measurement or a label, told by the hash of their content.</summary>
internal static class Copies
{
    /// <returns>A sentence each.</returns>
    public static IEnumerable<string> Warnings(DataSet data) =>
    [
        .. Leak(data.Validation, "validation", data.Train, "train"),
        .. Leak(data.Test, "test", [.. data.Train, .. data.Validation], "train or validation"),
        .. Contradictions([.. data.Train, .. data.Validation, .. data.Test]),
    ];

    private static IEnumerable<string> Leak(ImmutableArray<LabelledImage> split, string name, ImmutableArray<LabelledImage> seen, string where)
    {
        var byContent = FirstOf(seen);
        var copies = split.Where(image => byContent.ContainsKey(image.Hash)).ToImmutableArray();
        if (!copies.IsEmpty)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{copies.Length:N0} of {split.Length:N0} {name} images are also in {where}, such as {copies[0].Path}, which is the same image as "
                + $"{byContent[copies[0].Hash].Path}: what is measured on them says nothing of new images; remove the copies");
        }
    }

    private static IEnumerable<string> Contradictions(ImmutableArray<LabelledImage> images)
    {
        var contradictions = images.GroupBy(image => image.Hash).Select(copies => copies.DistinctBy(image => image.Class).ToImmutableArray())
            .Where(copies => copies.Length > 1).ToImmutableArray();
        if (!contradictions.IsEmpty)
        {
            var are = contradictions.Length == 1 ? "1 image is" : string.Create(CultureInfo.InvariantCulture, $"{contradictions.Length:N0} images are");
            yield return $"{are} in two classes or more, such as {contradictions[0][0].Path}, which is the same image as {contradictions[0][1].Path}: "
                + "keep each in the one that it shows";
        }
    }

    private static Dictionary<ImageHash, LabelledImage> FirstOf(ImmutableArray<LabelledImage> images) =>
        images.DistinctBy(image => image.Hash).ToDictionary(image => image.Hash);
}
