using Orleans.Storage;

namespace DistributedFreeze.Grains.Tests.Events;

/// <summary>A grain storage whose writes a test can hold back.</summary>
/// <param name="inner">Where they go.</param>
internal sealed class HeldStorage(IGrainStorage inner) : IGrainStorage
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Says which writes wait.</summary>
    public Func<object?, bool> Holds { get; set; } = _ => false;

    /// <summary>Completes once a write waits.</summary>
    public Task Reached => _reached.Task;

    public void Release() => _released.SetResult();

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => inner.ReadStateAsync(stateName, grainId, grainState);

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (Holds(grainState.State))
        {
            _reached.TrySetResult();
            await _released.Task;
        }

        await inner.WriteStateAsync(stateName, grainId, grainState);
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => inner.ClearStateAsync(stateName, grainId, grainState);
}
