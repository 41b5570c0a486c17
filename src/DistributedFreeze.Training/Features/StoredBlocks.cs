using System.Collections.Immutable;
using DistributedFreeze.Data;
using DistributedFreeze.Data.Features;

namespace DistributedFreeze.Training.Features;

/// <summary>Fills blocks with features of a shallower boundary that are kept already: a deeper prefix goes on from there.</summary>
/// <remarks>Belongs to one device thread.</remarks>
internal sealed class StoredBlocks : IDisposable
{
    private readonly PhaseFeatures _features;
    private readonly ImmutableArray<LabelledImage> _images;
    private readonly int _start;
    private readonly FeatureSet _set;
    private FeatureBlock? _block;
    private bool _isWhole = true;

    private StoredBlocks(PhaseFeatures features, ImmutableArray<LabelledImage> images, int start, FeatureSet set)
    {
        _features = features;
        _images = images;
        _start = start;
        _set = set;
    }

    /// <returns>Null where the images are not all kept at any boundary before the phase's.</returns>
    public static StoredBlocks? For(PhaseFeatures features, ImmutableArray<LabelledImage> images, int view) =>
        images.IsEmpty || features.Nearest(images, view) is not var (start, set) ? null : new(features, images, start, set);

    /// <summary>Fills a block with images of the sequence.</summary>
    /// <returns>Null where one of them can no longer be read, now and ever after: pixels then do for the rest.</returns>
    public FeatureBlock? TryFill(int first, int count)
    {
        _block ??= _features.Rent(_start);
        for (var slot = 0; slot < count && _isWhole; slot++)
        {
            _isWhole = _set.TryRead(_images[first + slot].Hash, _block.Input(slot));
        }

        return _isWhole ? _block : null;
    }

    public void Dispose()
    {
        _features.Return(_block);
        _block = null;
    }
}
