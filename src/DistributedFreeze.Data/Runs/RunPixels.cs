using System.Collections.Frozen;
using DistributedFreeze.Data.Augmentation;
using DistributedFreeze.Inference.Images;

namespace DistributedFreeze.Data.Runs;

/// <summary>The pixels of a run's images, shared by all replicas of a process.</summary>
/// <remarks>Thread-safe. Nothing here changes while the run lasts, but for pixels that are kept on first use.</remarks>
internal sealed class RunPixels
{
    private readonly RunDefinition _run;
    private readonly ImageDecoder _decoder;
    private readonly PixelStore _square;
    private readonly AugmentedPixels _views;
    private readonly FrozenDictionary<string, ImageHash> _hashes; // by full path

    /// <param name="run">The run.</param>
    /// <param name="decoder">Decodes the files.</param>
    /// <param name="square">Keeps what it gave.</param>
    public RunPixels(RunDefinition run, ImageDecoder decoder, PixelStore square)
    {
        (_run, _decoder, _square) = (run, decoder, square);
        _views = new(decoder, square, run.Spec.Data.Augmentation, run.Spec.Seed, run.Mixed, run.Data.ContentOf);
        _hashes = new[] { run.Data.Train, run.Data.Validation, run.Data.Test }.SelectMany(split => split)
            .ToFrozenDictionary(image => run.Data.ContentOf(image).Path, image => image.Hash, StringComparer.Ordinal);
    }

    /// <summary>Whether no image is decoded twice: all find room once they are decoded, and no view shows a part of one.</summary>
    public bool AreKept => _square.CanHold(_hashes.Count) && _run.Spec.Data.Augmentation is not { CropScale: < 1 };

    /// <summary>Pixels of one view of the training images.</summary>
    /// <param name="view">0 for the images as they are, of any split.</param>
    public IPixelSource View(int view) => new AugmentedView(_views, view, image => _hashes[image.Path]);

    /// <summary>The pixels of another run of the same images.</summary>
    /// <param name="run">The other run.</param>
    public RunPixels For(RunDefinition run) => new(run, _decoder, _square);
}
