using DistributedFreeze.Data;
using DistributedFreeze.Training.Features;

namespace DistributedFreeze.Training.Measuring;

/// <summary>Features of no image, for a tail whose speed is measured.</summary>
internal sealed class RandomFeatures : IFeatureSource
{
    private readonly float[] _record;

    /// <param name="elements">Numbers of one image's features.</param>
    public RandomFeatures(int elements)
    {
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
}
