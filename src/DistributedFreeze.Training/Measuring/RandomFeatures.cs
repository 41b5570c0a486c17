using DistributedFreeze.Data;
using DistributedFreeze.Training.Features;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Measuring;

/// <summary>Features of no image, for a tail whose speed is measured.</summary>
internal sealed class RandomFeatures : IFeatureSource, IDisposable
{
    private readonly float[] _record;
    private readonly Device? _device;
    private Tensor? _batch;

    /// <param name="elements">Numbers of one image's features.</param>
    /// <param name="device">Where they stay; null for host memory.</param>
    public RandomFeatures(int elements, Device? device)
    {
        _device = device;
        var random = new KeyedRandom(0, "rate probe");
        _record = new float[elements];
        for (var i = 0; i < elements; i++)
        {
            _record[i] = random.NextSingle();
        }
    }

    /// <inheritdoc/>
    public void Take(int count, Span<float> destination)
    {
        for (var i = 0; i < count; i++)
        {
            _record.CopyTo(destination[(i * _record.Length)..]);
        }
    }

    /// <inheritdoc/>
    public DeviceBatch? TryTakeOnDevice(int count)
    {
        if (_device is null)
        {
            return null;
        }

        _batch ??= tensor(_record, device: _device).DetachFromDisposeScope();
        return new(_batch.unsqueeze(0).repeat(count, 1), zeros(count, ScalarType.Int64, device: _device));
    }

    public void Dispose() => _batch?.Dispose();
}
