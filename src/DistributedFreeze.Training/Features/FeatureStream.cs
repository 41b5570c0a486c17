using System.Collections.Immutable;
using System.Diagnostics;
using DistributedFreeze.Data;
using DistributedFreeze.Data.Features;

namespace DistributedFreeze.Training.Features;

/// <summary>The features of a sequence of images, one after another: read where they are kept, computed and kept where they are not.</summary>
/// <remarks>
/// Images that are missing when the stream is opened are decoded ahead on threads of their own and computed in whole blocks, across
/// steps, so that little is padding. Belongs to one device thread.
/// </remarks>
internal sealed class FeatureStream : IFeatureSource, IDisposable
{
    private readonly PhaseFeatures _features;
    private readonly RunFeatures _source;
    private readonly IReadOnlyList<LabelledImage> _images;
    private readonly int _view;
    private readonly FeatureSet? _set;
    private readonly int[] _missing;
    private readonly List<int> _inBlock = [];
    private readonly PixelBlocks _fromPixels;
    private readonly StoredBlocks? _fromStored;
    private readonly ReadAhead? _ahead;
    private ResidentStream? _resident;

    private FeatureBlock? _block;
    private int _position;
    private int _nextMissing;

    public FeatureStream(PhaseFeatures features, RunFeatures source, IReadOnlyList<LabelledImage> images, int view)
    {
        _features = features;
        _source = source;
        _images = images;
        _view = view;
        _set = features.Set(features.Ends[^1], view);
        _missing = _set is null
            ? [.. Enumerable.Range(0, images.Count)]
            : [.. Enumerable.Range(0, images.Count).Where(i => !_set.Contains(images[i].Hash) && !IsOnDevice(images[i])).DistinctBy(i => images[i].Hash)]; // one that comes again is kept by then
        ImmutableArray<LabelledImage> toCompute = [.. _missing.Select(i => images[i])];
        _fromPixels = new(features, source, toCompute, view);
        _fromStored = StoredBlocks.For(features, toCompute, view);
        _resident = OnDevice();
        _ahead = _resident is { IsWhole: true } ? null : ReadAhead.For(_set, images);
    }

    /// <summary>Seconds spent on images and kept features, all but the prefix: waiting for them, reading, keeping what was computed.</summary>
    public double ReadSeconds { get; private set; }

    /// <summary>Seconds spent evaluating the prefix.</summary>
    public double PrefixSeconds { get; private set; }

    /// <summary>Images computed so far.</summary>
    public long Computed { get; private set; }

    /// <summary>Images read from where they were kept.</summary>
    public long Hits { get; private set; }

    /// <inheritdoc/>
    public void Take(int count, Span<float> destination)
    {
        var (started, prefix) = (Stopwatch.GetTimestamp(), PrefixSeconds);
        _ahead?.Reached(_position);
        for (var i = 0; i < count; i++)
        {
            Next(_position++, destination.Slice(i * _features.Elements, _features.Elements));
        }

        ReadSeconds += Stopwatch.GetElapsedTime(started).TotalSeconds - (PrefixSeconds - prefix);
    }

    /// <inheritdoc/>
    public DeviceBatch? TryTakeOnDevice(int count)
    {
        _resident ??= OnDevice();
        if (_resident is null)
        {
            return null;
        }

        var (started, prefix) = (Stopwatch.GetTimestamp(), PrefixSeconds);
        _ahead?.Reached(_position);
        var (batch, found) = _resident.Take(_position, count, Next);
        _position += count;
        Hits += found;
        for (var i = 0; i < found; i++)
        {
            _source.Store.Counts.Hit();
        }

        ReadSeconds += Stopwatch.GetElapsedTime(started).TotalSeconds - (PrefixSeconds - prefix);
        return batch;
    }

    public void Dispose()
    {
        _resident?.Dispose();
        _ahead?.Dispose();
        _fromPixels.Dispose();
        _fromStored?.Dispose();
    }

    /// <summary>What the device keeps of the sequence; null where it keeps nothing, or nothing yet.</summary>
    private ResidentStream? OnDevice() => _set is not null && _features.Resident is { } resident ? new(resident, _images, _view, _features.Elements) : null;

    private bool IsOnDevice(LabelledImage image) => _features.Resident is { } resident && resident.TryFind(image, _view, out _);

    private void Next(int position, Span<float> destination)
    {
        if (_inBlock.IndexOf(position) < 0)
        {
            if (TryRead(position, destination))
            {
                return;
            }

            NextBlock(position);
            if (_inBlock.Count == 0 && TryRead(position, destination))
            {
                return;
            }
        }

        _block!.Output(_features.Ends.Length - 1, _inBlock.IndexOf(position)).CopyTo(destination);
        FeatureRounding.Round(_source.Run.Spec.Features.Type, destination);
    }

    private bool TryRead(int position, Span<float> destination)
    {
        if (_set is null || IsInLine(position))
        {
            return false;
        }

        var isRead = _set.TryRead(_images[position].Hash, destination);
        if (isRead)
        {
            Hits++;
            _source.Store.Counts.Hit();
        }

        return isRead;
    }

    /// <summary>True for the next image that was missing at the start: whole blocks are made of those.</summary>
    private bool IsInLine(int position) => _nextMissing < _missing.Length && _missing[_nextMissing] == position;

    /// <summary>Computes the block that begins with an image; leaves it empty where others have computed all of it meanwhile.</summary>
    private void NextBlock(int position)
    {
        // An image out of line was kept when the stream was opened, and is no longer: damaged, or thrown out.
        var first = IsInLine(position) ? _nextMissing : -1;
        _inBlock.Clear();
        _inBlock.AddRange(first < 0 ? [position] : _missing.Skip(first).Take(_features.BlockSize));
        _nextMissing += first < 0 ? 0 : _inBlock.Count;

        if (_set is null)
        {
            Compute(first);
            return;
        }

        using var claims = BlockClaims.Take(_set, [.. _inBlock.Select(i => _images[i].Hash)]);
        if (claims.Any)
        {
            Compute(first);
            Keep(claims);
        }
        else
        {
            _inBlock.Clear();
        }
    }

    private void Compute(int first)
    {
        _block = (first < 0 ? null : _fromStored?.TryFill(first, _inBlock.Count))
            ?? (first < 0 ? _fromPixels.FillAlone(_images[_inBlock[0]]) : _fromPixels.Fill(first, _inBlock.Count));
        var filled = Stopwatch.GetTimestamp();
        _block.Evaluate();
        PrefixSeconds += Stopwatch.GetElapsedTime(filled).TotalSeconds;
        Computed += _inBlock.Count;
        if (_set is not null)
        {
            _source.Store.Counts.Missed(_inBlock.Count);
        }
    }

    private void Keep(BlockClaims claims)
    {
        for (var end = 0; end < _features.Ends.Length; end++)
        {
            var set = _features.Set(_features.Ends[end], _view);
            for (var slot = 0; slot < _inBlock.Count && set is not null; slot++)
            {
                if (claims.Has(slot) && !set.Write(_images[_inBlock[slot]].Hash, _block!.Output(end, slot)))
                {
                    _source.Store.Counts.Refused();
                }
            }
        }
    }
}
