using DistributedFreeze.Training.Data;
using DistributedFreeze.Training.Data.Augmentation;
using DistributedFreeze.Training.Features;
using DistributedFreeze.Training.Models;
using DistributedFreeze.Training.Replicas;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Measuring;

/// <summary>Counts the features that a phase will need and that are kept already.</summary>
internal static class KeptRecords
{
    /// <returns>
    /// Training images, view by view, and validation images; then test images. 0 where an earlier phase trains the prefix, which nobody can know yet.
    /// </returns>
    public static (long Images, long Tests) Of(RunWorkspace workspace, BaseWeights weights, int phase, Device device)
    {
        var route = workspace.Routes[phase];
        if (!route.IsUntouched || !workspace.HasPrefix(phase))
        {
            return (0, 0);
        }

        var augmentation = workspace.Spec.Data.Augmentation;
        var first = workspace.Spec.Phases.Take(phase).Sum(earlier => earlier.Epochs);
        var prefix = PrefixHash.Of(workspace.Table, route.Boundary, layer => weights.LayerHashes[layer.Name]);
        var images = Count(0, workspace.Data.Validation) + Enumerable.Range(first, workspace.Spec.Phases[phase].Epochs)
            .Select(epoch => EpochViews.ViewOfEpoch(augmentation, epoch))
            .Where(view => ViewName.Returns(augmentation, view))
            .Distinct()
            .Sum(view => Count(view, workspace.Data.Train));
        return (images, Count(0, workspace.Data.Test));

        long Count(int view, IReadOnlyCollection<LabelledImage> images)
        {
            var key = FeatureKeys.Of(workspace, route.Boundary, view, prefix, device);
            if (!workspace.Store.Has(key))
            {
                return 0;
            }

            using var set = workspace.Store.Open(key, workspace.RecordAt(route.Boundary).Elements, workspace.Spec.Features.Type);
            return images.Count(image => set.Contains(image.Hash));
        }
    }
}
