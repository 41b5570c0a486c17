using System.Collections.Immutable;
using DistributedFreeze.Data;
using DistributedFreeze.Inference.Images;

namespace DistributedFreeze.Training.Features;

/// <summary>Fills blocks with the pixels of images, decoded ahead in their order.</summary>
/// <remarks>Nothing is opened before the first block is asked for. Belongs to one device thread.</remarks>
internal sealed class PixelBlocks(PhaseFeatures features, RunFeatures source, ImmutableArray<LabelledImage> images, int view) : IDisposable
{
    private readonly IPixelSource _pixels = source.Pixels.View(view);
    private FeatureBlock? _block;
    private DecodeAhead? _decoder;
    private int _nextDecoded;

    /// <summary>Fills a block with images of the sequence.</summary>
    /// <param name="first">The first one's place, not before the end of the last block.</param>
    /// <param name="count">1 to <see cref="PhaseFeatures.BlockSize"/>.</param>
    /// <exception cref="Errors.InvalidInputException">An image cannot be decoded.</exception>
    public FeatureBlock Fill(int first, int count)
    {
        if (_decoder is null)
        {
            _nextDecoded = first;
            _decoder = new(_pixels, images.Skip(first).Select(source.Run.Data.ContentOf), features.DecodeThreads, capacity: 2 * features.BlockSize);
        }

        for (; _nextDecoded < first; _nextDecoded++)
        {
            _decoder.Take(); // a block that others have computed meanwhile
        }

        var block = Block();
        for (var slot = 0; slot < count; slot++, _nextDecoded++)
        {
            Normalizer.ToTensorLayout(_decoder.Take(), _pixels.Size, source.Preprocessing.Taken, block.Input(slot));
        }

        return block;
    }

    /// <summary>Fills a block with one image out of line.</summary>
    /// <exception cref="Errors.InvalidInputException">The image cannot be decoded.</exception>
    public FeatureBlock FillAlone(LabelledImage image)
    {
        var rgb = new byte[_pixels.ImageBytes];
        _pixels.Read(source.Run.Data.ContentOf(image), rgb);
        var block = Block();
        Normalizer.ToTensorLayout(rgb, _pixels.Size, source.Preprocessing.Taken, block.Input(0));
        return block;
    }

    public void Dispose()
    {
        _decoder?.Dispose();
        features.Return(_block);
        _block = null;
    }

    private FeatureBlock Block() => _block ??= features.Rent(start: 0);
}
