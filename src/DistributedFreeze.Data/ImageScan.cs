using DistributedFreeze.Data.Indexes;
using DistributedFreeze.Inference.Images;
using DistributedFreeze.Runs;
using SkiaSharp;

namespace DistributedFreeze.Data;

/// <summary>Reads the image files of a data folder: their headers and content, and their pixels where they are verified.</summary>
internal sealed class ImageScan
{
    private readonly ImagePlaces _places;
    private readonly DataSpec _spec;
    private readonly ImageDecoder _decoder;
    private readonly bool _verify;
    private readonly PixelStore? _keep;
    private readonly string? _indexFolder;
    private readonly TimeProvider _time;
    private ImageIndex? _index;

    /// <param name="places">Where the images are.</param>
    /// <param name="spec">Its limits.</param>
    /// <param name="decoder">Decodes the files.</param>
    /// <param name="verify">Whether to decode every file.</param>
    /// <param name="keep">Receives the pixels as far as it has room.</param>
    /// <param name="indexFolder">Where what was verified is remembered until a file changes; null reads every file.</param>
    /// <param name="time">Tells how long files have rested.</param>
    public ImageScan(ImagePlaces places, DataSpec spec, ImageDecoder decoder, bool verify, PixelStore? keep, string? indexFolder, TimeProvider time)
    {
        (_places, _spec, _decoder, _verify, _keep) = (places, spec, decoder, verify, keep);
        (_indexFolder, _time) = (indexFolder, time);
    }

    /// <summary>Reads the files on as many threads as there are processors. To be called once.</summary>
    /// <param name="images">The files.</param>
    /// <param name="cancellationToken">Stops between two files; nothing is remembered then.</param>
    /// <returns>What was found, in the files' order.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public ScannedImage[] Read(IReadOnlyList<FoundImage> images, CancellationToken cancellationToken)
    {
        _index = _indexFolder is null ? null : ImageIndex.Open(_indexFolder, Path.GetFullPath(_spec.Path), DecoderOf(_spec), images.Count, _time);
        var found = new ScannedImage[images.Count];
        OwnThreads.For(found.Length, Environment.ProcessorCount, "scan", i => found[i] = Read(images[i]), cancellationToken);
        _index?.Save();
        return found;
    }

    private ScannedImage Read(FoundImage image)
    {
        var content = _places.Of(image.Path);
        var now = _index?.Now ?? default;
        var stamp = _index is null ? null : FileStamp.Of(content.File); // before anything is read: what is written meanwhile changes it
        if (stamp is { } current && _index?.Find(image.Path, current) is { } known)
        {
            return new(image, new(known.Length, known.Format, Fault: null), known.Hash);
        }

        var header = ImageHeader.Read(content, _spec.MaxPixels);
        if (header.Fault is not null)
        {
            return new(image, header, Hash: default);
        }

        var rgb = _keep?.HasRoom == true ? new byte[((IPixelSource)_decoder).ImageBytes] : [];
        header = header with { Fault = _decoder.Inspect(content, _verify, rgb, out var hash) };
        if (header.Fault is null && rgb.Length > 0)
        {
            _keep!.Keep(content, rgb);
        }

        if (header is { Fault: null, Format: { } format } && stamp is { } before)
        {
            _index?.Add(image.Path, before, now, new(format, hash, header.Length));
        }

        return new(image, header, hash);
    }

    /// <summary>What a file that could be decoded may fail with another time, though it is the same. The first number is that of our own rules.</summary>
    private static string DecoderOf(DataSpec spec) => FormattableString.Invariant(
        $"1, SkiaSharp {SkiaSharpVersion.Native}, at most {spec.MaxPixels} pixels, profiles {(int)spec.ColorProfiles}");
}
