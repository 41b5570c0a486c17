using System.Collections.Immutable;
using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination.Groups;

/// <summary>A replica that computes nothing: it says what a test has it say, and takes note of what it was asked.</summary>
internal sealed class FakeReplica(RunSpec spec) : IReplica
{
    public static readonly ReplicaReady Ready = new()
    {
        Device = "cpu",
        DataHash = "data",
        BaseHash = "base",
        Classes = [],
        TrainImages = 8,
        ValidationImages = 0,
        TestImages = 0,
        LayerHashes = ImmutableSortedDictionary<string, string>.Empty,
        BroadcastPieces = [5],
    };

    /// <summary>What it was asked, in order.</summary>
    public List<string> Asked { get; } = [];

    /// <summary>Where it says that it stands.</summary>
    public Func<Task<ReplicaPosition?>> Stands { get; set; } = () => Task.FromResult<ReplicaPosition?>(null);

    /// <summary>Which of the run's states it says that it scored, or wrote.</summary>
    public long? StateNumber { get; set; }

    /// <summary>In how many pieces it says that the state of the only phase is broadcast; default for a replica that cannot.</summary>
    public ImmutableArray<int> Pieces { get; set; } = Ready.BroadcastPieces;

    /// <summary>What is done before it writes a checkpoint.</summary>
    public Action Saves { get; set; } = () => { };

    /// <summary>The hash of what it says that it holds after a broadcast.</summary>
    public Func<string>? Broadcasts { get; set; }

    /// <summary>Ends when it has loaded what it needs.</summary>
    public Task Loads { get; set; } = Task.CompletedTask;

    public async Task<ReplicaReady> PrepareAsync(PrepareOrder order, CancellationToken cancellationToken)
    {
        await Loads;
        return await Answer("prepare", Ready with { BroadcastPieces = Pieces });
    }

    public Task JoinAsync(GroupOrder order, CancellationToken cancellationToken) => Answer("join", true);

    public Task<MaskAcknowledgement> BeginPhaseAsync(PhaseOrder order, CancellationToken cancellationToken) =>
        Answer("begin phase", new MaskAcknowledgement { MaskVersion = order.MaskVersion, MaskHash = order.MaskHash });

    public Task<WindowReport> RunWindowAsync(WindowOrder order, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<ReplicaPosition?> ReportAsync(CancellationToken cancellationToken) => Stands();

    public Task BreakAsync(int generation) => Task.CompletedTask;

    public Task<EvaluationReport> EvaluateAsync(EvaluationSplit split, CancellationToken cancellationToken) =>
        Answer("evaluate", new EvaluationReport([new(0, 1, 0.5, 1)], Stopped: false) { StateNumber = StateNumber });

    public Task EndPhaseAsync(EndPhaseOrder order, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task SaveCheckpointAsync(CheckpointOrder order, CancellationToken cancellationToken)
    {
        Saves();
        Write(order.Path, order.Progress);
        return Answer("save checkpoint", true);
    }

    public Task LoadCheckpointAsync(string path, CancellationToken cancellationToken) => Answer("load checkpoint", true);

    public Task<string> BroadcastStateAsync(BroadcastOrder order, CancellationToken cancellationToken) => Answer("broadcast state", Broadcasts?.Invoke() ?? "state");

    public Task<ImmutableSortedDictionary<string, string>> HashFrozenAsync(CancellationToken cancellationToken) => Task.FromResult(Ready.LayerHashes);

    public Task<ModelReport> SaveModelAsync(string? path, CancellationToken cancellationToken) =>
        Answer(path is null ? "hash model" : "save model", new ModelReport(new('0', 64), 8) { StateNumber = StateNumber });

    public Task StopAsync() => Task.CompletedTask;

    public Task ReleaseAsync() => Answer("release", true);

    /// <summary>A checkpoint without tensors.</summary>
    public void Write(string path, string progress)
    {
        var stamp = new CheckpointStamp { SpecKey = RunSpecKey.Of(spec), DataHash = "data", BaseHash = "base", Phase = 0, MaskHash = "mask", Progress = progress };
        using var writer = new SafetensorsWriter(path, [], CheckpointHeader.Of(stamp, new TensorHash().Finish()));
        writer.Commit();
    }

    private Task<T> Answer<T>(string asked, T answer)
    {
        Asked.Add(asked);
        return Task.FromResult(answer);
    }
}
