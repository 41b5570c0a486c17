using System.Collections.Immutable;
using DistributedFreeze.Replicas;

namespace DistributedFreeze.Training.Replicas;

/// <summary>A replica between whose calls a test may step in.</summary>
internal sealed class WatchedReplica(IReplica inner) : IReplica
{
    public Func<ReplicaReady, ReplicaReady> Prepared { get; init; } = ready => ready;

    public Func<Task> BeforePreparing { get; init; } = () => Task.CompletedTask;

    public Func<PhaseOrder, Task> BeforePhase { get; init; } = _ => Task.CompletedTask;

    public Func<MaskAcknowledgement, MaskAcknowledgement> Acknowledged { get; init; } = held => held;

    public Func<WindowOrder, Task> BeforeWindow { get; init; } = _ => Task.CompletedTask;

    public Func<WindowReport, WindowReport> WindowDone { get; init; } = report => report;

    public Func<EvaluationSplit, Task> BeforeEvaluation { get; init; } = _ => Task.CompletedTask;

    /// <summary>Once whoever asked can see the answer.</summary>
    public Action Answered { get; init; } = () => { };

    public Task<ReplicaReady> PrepareAsync(PrepareOrder order, CancellationToken cancellationToken)
    {
        var answer = AnswerAsync(order, cancellationToken);
        _ = answer.ContinueWith(_ => Answered(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        return answer;
    }

    private async Task<ReplicaReady> AnswerAsync(PrepareOrder order, CancellationToken cancellationToken)
    {
        await BeforePreparing();
        return Prepared(await inner.PrepareAsync(order, cancellationToken));
    }

    public Func<GroupOrder, Task> BeforeJoining { get; init; } = _ => Task.CompletedTask;

    public Func<Task> BeforeReport { get; init; } = () => Task.CompletedTask;

    public async Task JoinAsync(GroupOrder order, CancellationToken cancellationToken)
    {
        await BeforeJoining(order);
        await inner.JoinAsync(order, cancellationToken);
    }

    public Func<ReplicaPosition?, ReplicaPosition?> Reported { get; init; } = position => position;

    public async Task<ReplicaPosition?> ReportAsync(CancellationToken cancellationToken)
    {
        await BeforeReport();
        return Reported(await inner.ReportAsync(cancellationToken));
    }

    public Task BreakAsync(int generation) => inner.BreakAsync(generation);

    public async Task<MaskAcknowledgement> BeginPhaseAsync(PhaseOrder order, CancellationToken cancellationToken)
    {
        await BeforePhase(order);
        return Acknowledged(await inner.BeginPhaseAsync(order, cancellationToken));
    }

    public async Task<WindowReport> RunWindowAsync(WindowOrder order, CancellationToken cancellationToken)
    {
        await BeforeWindow(order);
        return WindowDone(await inner.RunWindowAsync(order, cancellationToken));
    }

    public async Task<EvaluationReport> EvaluateAsync(EvaluationSplit split, CancellationToken cancellationToken)
    {
        await BeforeEvaluation(split);
        return await inner.EvaluateAsync(split, cancellationToken);
    }

    public Func<Task> BeforeEndOfPhase { get; init; } = () => Task.CompletedTask;

    public Func<Task> AfterEndOfPhase { get; init; } = () => Task.CompletedTask;

    public async Task EndPhaseAsync(EndPhaseOrder order, CancellationToken cancellationToken)
    {
        await BeforeEndOfPhase();
        await inner.EndPhaseAsync(order, cancellationToken);
        await AfterEndOfPhase();
    }

    public Task SaveCheckpointAsync(CheckpointOrder order, CancellationToken cancellationToken) => inner.SaveCheckpointAsync(order, cancellationToken);

    /// <summary>Before it takes a state over, from a checkpoint or from another replica.</summary>
    public Func<Task> BeforeLoading { get; init; } = () => Task.CompletedTask;

    public async Task LoadCheckpointAsync(string path, CancellationToken cancellationToken)
    {
        await BeforeLoading();
        await inner.LoadCheckpointAsync(path, cancellationToken);
    }

    public async Task<string> BroadcastStateAsync(BroadcastOrder order, CancellationToken cancellationToken)
    {
        await BeforeLoading();
        return await inner.BroadcastStateAsync(order, cancellationToken);
    }

    public Task<ImmutableSortedDictionary<string, string>> HashFrozenAsync(CancellationToken cancellationToken) => inner.HashFrozenAsync(cancellationToken);

    public Func<Task> BeforeModel { get; init; } = () => Task.CompletedTask;

    public async Task<ModelReport> SaveModelAsync(string? path, CancellationToken cancellationToken)
    {
        await BeforeModel();
        return await inner.SaveModelAsync(path, cancellationToken);
    }

    public Task StopAsync() => inner.StopAsync();

    public Task ReleaseAsync() => inner.ReleaseAsync();
}
