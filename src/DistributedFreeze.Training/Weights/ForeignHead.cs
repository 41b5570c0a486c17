using System.Collections.Immutable;
using DistributedFreeze.Coordination.Tensors;

namespace DistributedFreeze.Training.Weights;

/// <summary>A head that comes with a base: someone has fine-tuned it before.</summary>
internal static class ForeignHead
{
    /// <summary>Outputs of the classifier that every published ResNet comes with; that it is not used surprises nobody.</summary>
    private const int ImageNetClasses = 1000;

    /// <param name="file">The file.</param>
    /// <param name="others">Its tensors beside the base.</param>
    /// <returns>A sentence about a head that somebody may have expected to be used; null where there is none.</returns>
    public static string? Warning(ITensorFile file, ImmutableArray<TensorInfo> others)
    {
        var own = others.Where(info => info.Shape.Length > 0 && info.Shape[0] != ImageNetClasses)
            .OrderByDescending(info => info.Shape.Length).ToList();
        return own.Count == 0
            ? null
            : $"of {Path.GetFileName(file.Path)} the base alone is used: {file.NameInFile(own[0].Name)} {WeightsCheck.Text(own[0].Shape)}"
                + $"{(own.Count > 1 ? $" and {own.Count - 1} more" : "")} belong to another head, and the run's own begins anew";
    }
}
