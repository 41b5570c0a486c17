using System.Collections.Immutable;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using DistributedFreeze.Errors;
using DistributedFreeze.Replicas;
using Microsoft.Extensions.Logging;

namespace DistributedFreeze.Grains.Replicas;

/// <summary>A replica that lives in a grain, as the driver sees it: one that does not answer is lost.</summary>
/// <remarks>
/// Tokens don't travel: <see cref="StopAsync"/> and <see cref="BreakAsync"/> end what is under way. An answer may be lost while both silos live,
/// with the connection that it was on; a window's limit is an hour. So the replica is asked now and then whether it is at work at all.
/// </remarks>
/// <param name="grain">The grain.</param>
/// <param name="device">Id of its device, for messages.</param>
/// <param name="runId">The run that orders.</param>
/// <param name="time">The clock.</param>
/// <param name="hasLeft">Whether the device's silo has left the cluster: it is asked nothing then.</param>
/// <param name="logger">Takes every call, at level Debug.</param>
internal sealed partial class GrainReplica(IReplicaGrain grain, string device, string runId, TimeProvider time, Func<bool> hasLeft, ILogger logger) : IReplica
{
    /// <summary>Between two questions; an answer under way may cross the first one.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private const int MostIdle = 2;

    public Task<ReplicaReady> PrepareAsync(PrepareOrder order, CancellationToken cancellationToken) => AskAsync(() => AnswerAsync(grain.PrepareAsync(order)));

    public Task JoinAsync(GroupOrder order, CancellationToken cancellationToken) => AskAsync(() => AnswerAsync(grain.JoinAsync(order)));

    public Task<MaskAcknowledgement> BeginPhaseAsync(PhaseOrder order, CancellationToken cancellationToken) => AskAsync(() => AnswerAsync(grain.BeginPhaseAsync(order)));

    public Task<WindowReport> RunWindowAsync(WindowOrder order, CancellationToken cancellationToken) => AskAsync(() => AnswerAsync(grain.RunWindowAsync(order)));

    public Task<ReplicaPosition?> ReportAsync(CancellationToken cancellationToken) => AskAsync(() => AnswerAsync(grain.ReportAsync()));

    public Task BreakAsync(int generation) => AskAsync(() => grain.BreakAsync(generation));

    public Task<EvaluationReport> EvaluateAsync(EvaluationSplit split, CancellationToken cancellationToken) => AskAsync(() => AnswerAsync(grain.EvaluateAsync(split)));

    public Task EndPhaseAsync(EndPhaseOrder order, CancellationToken cancellationToken) => AskAsync(() => AnswerAsync(grain.EndPhaseAsync(order)));

    public Task SaveCheckpointAsync(CheckpointOrder order, CancellationToken cancellationToken) => AskAsync(() => AnswerAsync(grain.SaveCheckpointAsync(order)));

    public Task LoadCheckpointAsync(string path, CancellationToken cancellationToken) => AskAsync(() => AnswerAsync(grain.LoadCheckpointAsync(path)));

    public Task<string> BroadcastStateAsync(BroadcastOrder order, CancellationToken cancellationToken) => AskAsync(() => AnswerAsync(grain.BroadcastStateAsync(order)));

    public Task<ImmutableSortedDictionary<string, string>> HashFrozenAsync(CancellationToken cancellationToken) => AskAsync(() => AnswerAsync(grain.HashFrozenAsync()));

    public Task<ModelReport> SaveModelAsync(string? path, CancellationToken cancellationToken) => AskAsync(() => AnswerAsync(grain.SaveModelAsync(path)));

    public Task StopAsync() => AskAsync(() => grain.StopAsync());

    /// <summary>Gives the replica back where it is still this run's: the call may come late, when its device is another run's by now.</summary>
    public async Task ReleaseAsync()
    {
        try
        {
            await AskAsync(() => AnswerAsync(grain.ReleaseOfAsync(runId)));
        }
        catch (ExchangeBrokenException reason)
        {
            throw new ReplicaLostException(reason.Message, reason); // what has no answer is made up for by the lease
        }
    }

    /// <exception cref="ExchangeBrokenException">The answer was lost on the way; the replica stands where it stands.</exception>
    private async Task<T> AnswerAsync<T>(Task<T> call)
    {
        using var answered = new CancellationTokenSource();
        try
        {
            for (var idle = 0; !call.IsCompleted;)
            {
                var look = LooksIdleAsync(answered.Token); // which may be lost itself, and keeps no answer waiting
                if (await Task.WhenAny(call, look) == call)
                {
                    break;
                }

                idle = await look ? idle + 1 : 0;
                if (idle == MostIdle)
                {
                    LogAnswerLost(device);
                    throw new ExchangeBrokenException($"An answer of {device} was lost on the way.");
                }
            }

            return await call;
        }
        finally
        {
            answered.Cancel();
        }
    }

    private async Task AnswerAsync(Task call) => await AnswerAsync(Completion(call));

    /// <summary>Whether the replica is at nothing, a while from now.</summary>
    private async Task<bool> LooksIdleAsync(CancellationToken answered)
    {
        Activity.Current = null; // a question every few seconds is not what the run's trace is for
        await Task.Delay(Interval, time, answered).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        try
        {
            return !answered.IsCancellationRequested && !hasLeft() && !await grain.IsBusyAsync();
        }
        catch (Exception reason) when (CallFailure.Is(reason))
        {
            return false; // whether its silo is gone is for others to find out
        }
    }

    private async Task<T> AskAsync<T>(Func<Task<T>> call, [CallerMemberName] string what = "")
    {
        LogAsked(device, what);
        try
        {
            // Orleans would look for the silo again and again for a third of a second, and log each time that it isn't there.
            var answer = hasLeft() ? throw new SiloUnavailableException($"The silo of {device} has left.") : await call();
            LogAnswered(device, what);
            return answer;
        }
        catch (Exception reason) when (CallFailure.Is(reason))
        {
            LogNotAnswered(reason, device, what);
            throw new ReplicaLostException($"{device} does not answer: {CallFailure.Words(reason)}", reason) { IsUnreachable = true };
        }
    }

    private async Task AskAsync(Func<Task> call, [CallerMemberName] string what = "") => await AskAsync(() => Completion(call()), what);

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

    [LoggerMessage(LogLevel.Warning, "An answer of {Device} was lost on the way: it is idle, and is asked where it stands")]
    private partial void LogAnswerLost(string device);
}
