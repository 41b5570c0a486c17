using DistributedFreeze.Data;
using DistributedFreeze.Data.Augmentation;
using DistributedFreeze.Training.Features;
using DistributedFreeze.Training.Models;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Measuring;

/// <summary>Counts the features that a phase will need and that are kept already.</summary>
internal static class KeptRecords
{
    /// <returns>
    /// Training images, view by view, and validation images; then test images. 0 where an earlier phase trains the prefix, which nobody can know yet.
    /// </returns>
    public static (long Images, long Tests) Of(RunFeatures features, BaseWeights weights, int phase, Device device)
    {
        var run = features.Run;
        var route = run.Routes[phase];
        if (!route.IsUntouched || !run.HasPrefix(phase))
        {
            return (0, 0);
        }

        var augmentation = run.Spec.Data.Augmentation;
        var first = run.Spec.Phases.Take(phase).Sum(earlier => earlier.Epochs);
        var prefix = PrefixHash.Of(run.Table, route.Boundary, layer => weights.LayerHashes[layer.Name]);
        var images = Count(0, run.Data.Validation) + Enumerable.Range(first, run.Spec.Phases[phase].Epochs)
            .Select(epoch => EpochViews.ViewOfEpoch(augmentation, epoch))
            .Where(view => ViewName.Returns(augmentation, view))
            .Distinct()
            .Sum(view => Count(view, run.Data.Train));
        return (images, Count(0, run.Data.Test));

        long Count(int view, IReadOnlyCollection<LabelledImage> images)
        {
            var key = FeatureKeys.Of(features, route.Boundary, view, prefix, device);
            if (!features.Store.Has(key))
            {
                return 0;
            }

            using var set = features.Store.Open(key, run.RecordAt(route.Boundary).Elements, run.Spec.Features.Type);
            return images.Count(image => set.Contains(image.Hash));
        }
    }
}
