using Orleans.Serialization;
using Orleans.Storage;

namespace DistributedFreeze.Grains.Tests.Events;

/// <summary>A grain storage in memory that counts what is written, and refuses a write over another one's.</summary>
/// <param name="serializer">Makes bytes of what is written.</param>
internal sealed class CountedStorage(Serializer serializer) : IGrainStorage
{
    private readonly Dictionary<string, (byte[] Bytes, string Version)> _values = new(StringComparer.Ordinal);

    /// <summary>Names of what was written, one for each write.</summary>
    public List<string> Written { get; } = [];

    /// <summary>Bytes of all that was written.</summary>
    public long Bytes { get; private set; }

    /// <summary>Names of what is there.</summary>
    public IEnumerable<string> Stored => _values.Keys.Order(StringComparer.Ordinal);

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var isThere = _values.TryGetValue(stateName, out var value);
        grainState.State = isThere ? serializer.Deserialize<T>(value.Bytes)! : Activator.CreateInstance<T>();
        (grainState.ETag, grainState.RecordExists) = (value.Version, isThere);
        return Task.CompletedTask;
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (_values.GetValueOrDefault(stateName).Version != grainState.ETag)
        {
            throw new InconsistentStateException($"{stateName} has another version.");
        }

        var bytes = serializer.SerializeToArray(grainState.State);
        Written.Add(stateName);
        Bytes += bytes.Length;
        (grainState.ETag, grainState.RecordExists) = (Written.Count.ToString(System.Globalization.CultureInfo.InvariantCulture), true);
        _values[stateName] = (bytes, grainState.ETag);
        return Task.CompletedTask;
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        _values.Remove(stateName);
        (grainState.ETag, grainState.RecordExists) = (null, false);
        return Task.CompletedTask;
    }
}
