using System.Globalization;
using DistributedFreeze.Grains.Stores;
using DistributedFreeze.Simulation.World;
using Orleans.Storage;

namespace DistributedFreeze.Simulation.Cluster;

/// <summary>A store in which each write names the version that it replaces; it may be away, be slow, and keep an answer to itself.</summary>
internal sealed class SimStore(SimWorld world)
{
    private readonly SimProcess _process = new(world, "store");
    private readonly Dictionary<string, (object? Value, int Version)> _values = new(StringComparer.Ordinal);

    /// <summary>Until when it does not answer.</summary>
    public TimeSpan AwayUntil { get; set; }

    /// <summary>Share of the answers to a write that was done which nobody gets.</summary>
    public double LostAnswers { get; set; }

    /// <summary>Is told what was written.</summary>
    public Action<object>? Written { get; set; }

    public object? Peek(string key) => _values.GetValueOrDefault(key).Value;

    public void Put(string key, object value) => _values[key] = (value, 1);

    /// <summary>Asks the store from a process.</summary>
    public Task<T> AskAsync<T>(SimProcess from, Func<T> ask, bool isWrite)
    {
        var answer = new TaskCompletionSource<T>();
        world.Schedule(_process, world.Between(0.0005, 0.01), () =>
        {
            if (world.Now < AwayUntil)
            {
                world.Schedule(from, world.Chance(0.5) ? TimeSpan.Zero : TimeSpan.FromSeconds(5), () => answer.TrySetException(new IOException("the store is away")));
                return;
            }

            try
            {
                var value = ask();
                var isLost = isWrite && world.Chance(LostAnswers);
                world.Schedule(from, isLost ? TimeSpan.FromSeconds(5) : world.Between(0.0005, 0.01), () =>
                {
                    if (isLost)
                    {
                        answer.TrySetException(new IOException("no answer came"));
                    }
                    else
                    {
                        answer.TrySetResult(value);
                    }
                });
            }
            catch (InconsistentStateException other)
            {
                world.Schedule(from, world.Between(0.0005, 0.01), () => answer.TrySetException(other));
            }
        });
        return answer.Task;
    }

    public (object? Value, int Version) Read(string key) => _values.GetValueOrDefault(key);

    public int Write(string key, object? value, int version)
    {
        var known = _values.GetValueOrDefault(key).Version;
        if (known != version)
        {
            throw new InconsistentStateException($"{key} has version {known}, not {version}.");
        }

        _values[key] = (value, known + 1);
        if (value is not null)
        {
            Written?.Invoke(value);
        }

        return known + 1;
    }
}

/// <summary>The store as a process of the cluster sees it.</summary>
internal sealed class StoreDoor(SimStore store, SimProcess process) : IGrainStorage, IStoreProbe
{
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var (value, version) = await store.AskAsync(process, () => store.Read(Key(stateName, grainId)), isWrite: false);
        Fill(grainState, value, version);
    }

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var (value, version) = (grainState.State, VersionOf(grainState.ETag));
        grainState.ETag = Text(await store.AskAsync(process, () => store.Write(Key(stateName, grainId), value, version), isWrite: true));
        grainState.RecordExists = true;
    }

    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var version = VersionOf(grainState.ETag);
        Fill(grainState, null, await store.AskAsync(process, () => store.Write(Key(stateName, grainId), null, version), isWrite: true));
    }

    public Task AskAsync(CancellationToken cancellationToken) => store.AskAsync(process, () => true, isWrite: false);

    public static string Key(string stateName, GrainId grainId) => $"{grainId.Key}/{stateName}";

    private static void Fill<T>(IGrainState<T> state, object? value, int version)
    {
        state.State = value is T known ? known : Activator.CreateInstance<T>();
        state.ETag = Text(version);
        state.RecordExists = value is not null;
    }

    private static int VersionOf(string? etag) => etag is null ? 0 : int.Parse(etag, CultureInfo.InvariantCulture);

    private static string? Text(int version) => version == 0 ? null : version.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A grain's own state in the store.</summary>
internal sealed class StoredState<T>(StoreDoor door, string name, GrainId grain) : IPersistentState<T>
    where T : new()
{
    private readonly GrainState<T> _state = new(new());

    public T State
    {
        get => _state.State!;
        set => _state.State = value;
    }

    public string? Etag => _state.ETag;

    public bool RecordExists => _state.RecordExists;

    public Task ClearStateAsync() => door.ClearStateAsync(name, grain, _state);

    public Task WriteStateAsync() => door.WriteStateAsync(name, grain, _state);

    public Task ReadStateAsync() => door.ReadStateAsync(name, grain, _state);
}
