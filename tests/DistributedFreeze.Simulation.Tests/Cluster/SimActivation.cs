using DistributedFreeze.Grains.Coordination;
using DistributedFreeze.Grains.Events;
using DistributedFreeze.Simulation.Runs;

namespace DistributedFreeze.Simulation.Cluster;

/// <summary>The run's coordinator on one silo, and the door that its grain is.</summary>
internal sealed class SimActivation(SimCluster cluster, SimSilo silo) : RunDoor, IRunHome
{
    private readonly TaskCompletionSource<bool> _ready = new();
    private Task _calls = Task.CompletedTask;
    private TaskCompletionSource? _idle;
    private int _inFlight;
    private bool _isLeaving;
    private IOException? _away;

    public SimSilo Silo => silo;

    string IRunHome.Silo => silo.Address;

    public void Begin() => cluster.World.Schedule(silo.Process, TimeSpan.Zero, async () =>
    {
        var id = GrainId.Create("run", SimRun.Id);
        var state = new StoredState<RunRecord>(silo.Door, "run", id);
        try
        {
            await state.ReadStateAsync();
            Coordinator = new(SimRun.Id, this, state, new StoredEventBlocks(silo.Door, silo.Services.RetryingStore, id), new(silo.Door, silo.Services.RetryingStore, id, SimCluster.EpochsOfPage), silo.Services);
            await Coordinator.ActivateAsync();
            _ready.SetResult(true);
        }
        catch (IOException away)
        {
            (_isLeaving, _away) = (true, away);
            cluster.HasLeft(this);
            Left.TrySetResult();
            _ready.SetResult(false);
        }
    });

    /// <returns>False where it has left.</returns>
    public async Task<bool> IsReadyAsync()
    {
        await _ready.Task;
        if (_isLeaving)
        {
            await Left.Task;
        }

        return _away is null ? !_isLeaving : throw new OrleansException(_away.Message);
    }

    public TaskCompletionSource Left { get; } = new();

    /// <summary>One call after the other, but for those that may be done in between.</summary>
    public async Task<object?> DoAsync(Func<Task<object?>> call, bool interleaves)
    {
        _inFlight++;
        try
        {
            return await InTurnAsync(call, interleaves);
        }
        finally
        {
            _inFlight--;
            _idle?.TrySetResult();
        }
    }

    private async Task<object?> InTurnAsync(Func<Task<object?>> call, bool interleaves)
    {
        if (interleaves)
        {
            return await call();
        }

        var before = _calls;
        var done = new TaskCompletionSource();
        _calls = done.Task;
        try
        {
            await before;
            return await call();
        }
        finally
        {
            done.SetResult();
        }
    }

    public void Stay()
    {
    }

    public void StayNoLonger()
    {
    }

    public void Leave()
    {
        if (!_isLeaving)
        {
            _isLeaving = true;
            cluster.World.Schedule(silo.Process, TimeSpan.Zero, async () =>
            {
                while (_inFlight > 0)
                {
                    _idle = new();
                    await _idle.Task;
                }

                if (await _ready.Task)
                {
                    await Coordinator.DeactivateAsync(CancellationToken.None);
                }

                cluster.HasLeft(this);
                Left.TrySetResult();
            });
        }
    }
}

/// <summary>A grain has left the silo that a call came to.</summary>
internal sealed class HasLeftException : Exception;
