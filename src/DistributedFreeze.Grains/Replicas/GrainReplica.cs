using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using DistributedFreeze.Errors;
using DistributedFreeze.Replicas;
using Microsoft.Extensions.Logging;

namespace DistributedFreeze.Grains.Replicas;

/// <summary>A replica that lives in a grain, as the driver sees it: one that does not answer is lost.</summary>
/// <remarks>Tokens don't travel: <see cref="StopAsync"/> and <see cref="BreakAsync"/> end what is under way.</remarks>
/// <param name="grain">The grain.</param>
/// <param name="device">Id of its device, for messages.</param>
/// <param name="logger">Takes every call, at level Debug.</param>
internal sealed partial class GrainReplica(IReplicaGrain grain, string device, ILogger logger) : IReplica
{
    public Task<ReplicaReady> PrepareAsync(PrepareOrder order, CancellationToken cancellationToken) => AskAsync(grain.PrepareAsync(order));

    public Task JoinAsync(GroupOrder order, CancellationToken cancellationToken) => AskAsync(grain.JoinAsync(order));

    public Task<MaskAcknowledgement> BeginPhaseAsync(PhaseOrder order, CancellationToken cancellationToken) => AskAsync(grain.BeginPhaseAsync(order));

    public Task<WindowReport> RunWindowAsync(WindowOrder order, CancellationToken cancellationToken) => AskAsync(grain.RunWindowAsync(order));

    public Task<ReplicaPosition?> ReportAsync(CancellationToken cancellationToken) => AskAsync(grain.ReportAsync());

    public Task BreakAsync(int generation) => AskAsync(grain.BreakAsync(generation));

    public Task<EvaluationReport> EvaluateAsync(EvaluationSplit split, CancellationToken cancellationToken) => AskAsync(grain.EvaluateAsync(split));

    public Task SaveCheckpointAsync(CheckpointOrder order, CancellationToken cancellationToken) => AskAsync(grain.SaveCheckpointAsync(order));

    public Task LoadCheckpointAsync(string path, CancellationToken cancellationToken) => AskAsync(grain.LoadCheckpointAsync(path));

    public Task<ImmutableSortedDictionary<string, string>> HashFrozenAsync(CancellationToken cancellationToken) => AskAsync(grain.HashFrozenAsync());

    public Task<ModelReport> SaveModelAsync(string? path, CancellationToken cancellationToken) => AskAsync(grain.SaveModelAsync(path));

    public Task StopAsync() => AskAsync(grain.StopAsync());

    public Task ReleaseAsync() => AskAsync(grain.ReleaseAsync());

    private async Task<T> AskAsync<T>(Task<T> call, [CallerMemberName] string what = "")
    {
        LogAsked(device, what);
        try
        {
            var answer = await call;
            LogAnswered(device, what);
            return answer;
        }
        catch (Exception reason) when (CallFailure.Is(reason))
        {
            LogNotAnswered(reason, device, what);
            throw new ReplicaLostException($"{device} does not answer: {CallFailure.Words(reason)}", reason) { IsUnreachable = true };
        }
    }

    private async Task AskAsync(Task call, [CallerMemberName] string what = "") => await AskAsync(Completion(call), what);

    private static async Task<bool> Completion(Task call)
    {
        await call;
        return true;
    }

    [LoggerMessage(LogLevel.Debug, "{Device} is asked: {Call}")]
    private partial void LogAsked(string device, string call);

    [LoggerMessage(LogLevel.Debug, "{Device} has answered: {Call}")]
    private partial void LogAnswered(string device, string call);

    [LoggerMessage(LogLevel.Debug, "{Device} has not answered: {Call}")]
    private partial void LogNotAnswered(Exception reason, string device, string call);
}
