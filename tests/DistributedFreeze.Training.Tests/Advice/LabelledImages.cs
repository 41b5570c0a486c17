using DistributedFreeze.Data;
using DistributedFreeze.Inference.Images;

namespace DistributedFreeze.Training.Advice;

/// <summary>Images of no file.</summary>
internal static class LabelledImages
{
    public static LabelledImage Image(int index, int @class, string content) =>
        new(index, $"train/{@class}/{index}.jpg", @class, 1, ImageHash.Of(System.Text.Encoding.UTF8.GetBytes(content)));

    /// <summary>So many of each class, every one with a content of its own.</summary>
    public static List<LabelledImage> Of(params int[] perClass) =>
        [.. perClass.SelectMany((count, @class) => Enumerable.Repeat(@class, count)).Select((@class, i) => Image(i, @class, $"content {i}"))];
}
