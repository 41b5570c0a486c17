using System.Runtime.InteropServices;
using DistributedFreeze.Data;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Features;

/// <summary>A sequence of images whose features are kept on the device as far as they have room there; the rest comes from host memory.</summary>
/// <remarks>
/// Once every image of the sequence has a row, a batch is gathered by numbers that went to the device when the sequence began: nothing goes to or fro, and
/// nobody waits. Belongs to one device thread.
/// </remarks>
internal sealed class ResidentStream : IDisposable
{
    private readonly ResidentFeatures _resident;
    private readonly IReadOnlyList<LabelledImage> _images;
    private readonly int _view;
    private readonly int _elements;
    private readonly Tensor _labels;
    private readonly Tensor? _rows;

    /// <param name="resident">What the device keeps.</param>
    /// <param name="images">The sequence.</param>
    /// <param name="view">Which view of them.</param>
    /// <param name="elements">Numbers of one image's features.</param>
    public ResidentStream(ResidentFeatures resident, IReadOnlyList<LabelledImage> images, int view, int elements)
    {
        using var scope = NewDisposeScope();
        (_resident, _images, _view, _elements) = (resident, images, view, elements);
        _labels = OnDevice([.. images.Select(image => (long)image.Class)]).DetachFromDisposeScope();
        var rows = new long[images.Count];
        IsWhole = true;
        for (var i = 0; i < rows.Length && IsWhole; i++)
        {
            IsWhole = resident.TryFind(images[i], view, out rows[i]);
        }

        _rows = IsWhole ? OnDevice(rows).DetachFromDisposeScope() : null;
    }

    /// <summary>Whether every image of the sequence had a row when it began.</summary>
    public bool IsWhole { get; }

    /// <summary>Gathers images.</summary>
    /// <param name="first">The first one's place in the sequence.</param>
    /// <param name="count">How many.</param>
    /// <param name="fromHost">Takes one from there: (place, destination); called in the order of the sequence.</param>
    /// <returns>The batch, and how many of it had a row.</returns>
    public (DeviceBatch Batch, int Found) Take(int first, int count, HostReader fromHost)
    {
        var labels = _labels.narrow(0, first, count);
        if (_rows is not null)
        {
            return (new(_resident.Copy(_rows.narrow(0, first, count)), labels), count);
        }

        List<long> rows = [], found = [], missing = [];
        for (var i = 0; i < count; i++)
        {
            if (_resident.TryFind(_images[first + i], _view, out var row))
            {
                rows.Add(row);
                found.Add(i);
            }
            else
            {
                missing.Add(i);
            }
        }

        var batch = empty(count, _elements, device: _resident.Device);
        if (found.Count > 0)
        {
            batch.index_copy_(0, OnDevice([.. found]), _resident.Copy(OnDevice([.. rows])));
        }

        if (missing.Count > 0)
        {
            var host = empty(missing.Count, _elements);
            var values = MemoryMarshal.Cast<byte, float>(host.bytes);
            for (var i = 0; i < missing.Count; i++)
            {
                fromHost(first + (int)missing[i], values.Slice(i * _elements, _elements));
            }

            var moved = host.to(_resident.Device);
            batch.index_copy_(0, OnDevice([.. missing]), moved);
            for (var i = 0; i < missing.Count; i++)
            {
                using var own = moved[i];
                _resident.Keep(_images[first + (int)missing[i]], _view, own);
            }
        }

        return (new(batch, labels), found.Count);
    }

    public void Dispose()
    {
        _labels.Dispose();
        _rows?.Dispose();
    }

    private Tensor OnDevice(long[] numbers) => tensor(numbers, ScalarType.Int64, device: _resident.Device);
}

/// <summary>Reads the features of one image.</summary>
/// <param name="place">Its place in a sequence.</param>
/// <param name="destination">Receives them.</param>
internal delegate void HostReader(int place, Span<float> destination);
