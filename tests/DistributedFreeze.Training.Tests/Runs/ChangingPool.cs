using System.Collections.Immutable;
using DistributedFreeze.Coordination.Groups;
using DistributedFreeze.Errors;
using DistributedFreeze.Exchange.Sockets;
using DistributedFreeze.Replicas;
using DistributedFreeze.Training.Replicas;

namespace DistributedFreeze.Training.Runs;

/// <summary>Replicas of this process that come, go and are lost as a test says.</summary>
internal sealed class ChangingPool : IReplicaPool, IDisposable
{
    private readonly RunWorkspaces _workspaces;
    private readonly SharedExchanges _exchanges = new();
    private readonly List<LocalReplica> _replicas = [];
    private readonly HashSet<string> _lost = [];
    private readonly List<TaskCompletionSource> _loaded = [];
    private readonly Dictionary<string, IReplica> _bare = [];
    private int _next;

    public ChangingPool(RunWorkspaces workspaces, int replicas)
    {
        _workspaces = workspaces;
        Resize(replicas);
    }

    public ImmutableArray<ReplicaHandle> Granted { get; private set; } = [];

    /// <summary>Whether windows and evaluations wait until all who came have loaded, so that it is known when they join: before the next of either.</summary>
    public bool WaitsForNewcomers { get; init; }

    public void Resize(int replicas)
    {
        while (Granted.Length < replicas)
        {
            Granted = Granted.Add(NewSeat());
        }

        Granted = Granted[..replicas];
    }

    public void Add(Func<IReplica, IReplica> wrap)
    {
        var handle = NewSeat();
        _bare.Add(handle.Device, handle.Replica);
        Granted = Granted.Add(handle with { Replica = wrap(handle.Replica) });
    }

    /// <summary>Nobody steps in between the calls of a replica that was added any more.</summary>
    public void Unwrap() => Granted = [.. Granted.Select(handle => handle with { Replica = _bare.GetValueOrDefault(handle.Device, handle.Replica) })];

    public void ReplaceAll() => Granted = [.. Granted.Select(_ => NewSeat())];

    /// <summary>No replica answers any more, and the next wait brings others.</summary>
    public void LoseAll(int then)
    {
        _lost.UnionWith(Granted.Select(handle => handle.Device));
        _next = then;
    }

    /// <summary>Is called when a run waits, before it is granted others.</summary>
    public Action? Waits { get; set; }

    /// <summary>All are to go, and the next wait brings others.</summary>
    public void TakeAll(int then)
    {
        Granted = [];
        _next = then;
    }

    public Task WaitAsync(CancellationToken cancellationToken)
    {
        if (Granted.IsEmpty)
        {
            Waits?.Invoke();
            Resize(_next);
        }

        return Task.CompletedTask;
    }

    public Task LimitAsync(int most, CancellationToken cancellationToken) => Task.CompletedTask;

    public void Lost(ReplicaHandle handle, bool avoid)
    {
        if (avoid)
        {
            Granted = Granted.Remove(handle);
        }
    }

    public void Dispose() => Task.WaitAll(_replicas.Select(replica => replica.ReleaseAsync()));

    private ReplicaHandle NewSeat()
    {
        var replica = new LocalReplica(_workspaces, _exchanges);
        var device = $"here/cpu:{_replicas.Count}";
        _replicas.Add(replica);
        var loaded = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _loaded.Add(loaded);
        Task Answer() => _lost.Contains(device) ? throw new ReplicaLostException($"{device} does not answer.") { IsUnreachable = true } : Task.CompletedTask;
        async Task AnswerWhenLoadedAsync()
        {
            await Answer();
            await (WaitsForNewcomers ? Task.WhenAll(_loaded.Select(one => one.Task)) : Task.CompletedTask);
        }

        return new(device, "here", null, new WatchedReplica(replica)
        {
            Answered = () => loaded.TrySetResult(),
            BeforeWindow = _ => AnswerWhenLoadedAsync(),
            BeforeEvaluation = _ => AnswerWhenLoadedAsync(),
            BeforePhase = _ => Answer(),
            BeforeReport = Answer,
            BeforeJoining = _ => Answer(),
        });
    }
}
