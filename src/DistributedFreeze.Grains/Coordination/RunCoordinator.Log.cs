using DistributedFreeze.Grains.Events;
using DistributedFreeze.Runs;
using Microsoft.Extensions.Logging;

namespace DistributedFreeze.Grains.Coordination;

/// <content>What the coordinator logs.</content>
internal sealed partial class RunCoordinator
{
    /// <summary>What an operator of the cluster has to see; the run's own log has the rest.</summary>
    private void Log(RunEvent happened)
    {
        switch (happened)
        {
            case RunEvent.ReplicaLost lost:
                LogReplicaLost(RunId, lost.Device, lost.Host ?? "an unknown host", lost.Reason);
                break;
            case RunEvent.Straggler slow:
                LogStraggler(RunId, slow.Device, slow.Host ?? "an unknown host", slow.Times, slow.Part, slow.MovesShards ? "others take shards over" : "its shards stay with it");
                break;
            case RunEvent.Regrouped { OtherClass: { } other } group:
                LogOtherClass(RunId, other, group.ClassBefore);
                break;
            case RunEvent.Regrouped group:
                LogRegrouped(RunId, group.Devices.Length, group.Generation, group.Joined.Length, group.Left.Length);
                break;
            case RunEvent.PickedUp at:
                LogGoesOn(RunId, at.Phase + 1, at.Epoch + 1, at.Step + 1, at.From);
                break;
            case RunEvent.StorageUnavailable blocked:
                LogStandsStill(RunId, blocked.Path, blocked.Bytes, blocked.Reason);
                break;
            case RunEvent.SetBack back:
                LogSetBack(RunId, back.Phase + 1, back.Epoch + 1, back.Step + 1, back.From, back.Reason);
                break;
            default:
                break;
        }
    }

    [LoggerMessage(LogLevel.Information, "Run {RunId} ended: {State}")]
    private partial void LogEnded(string runId, RunState state);

    [LoggerMessage(LogLevel.Warning, "Run {RunId} has no coordinator any more; this silo goes on with it after group {Generation}. It was on {Coordinator}")]
    private partial void LogPickedUp(string runId, int generation, string coordinator);

    [LoggerMessage(LogLevel.Warning, "Run {RunId} lost its replica on {Device}, on {Host}: {Reason}")]
    private partial void LogReplicaLost(string runId, string device, string host, string reason);

    [LoggerMessage(LogLevel.Warning, "Run {RunId} waits for its replica on {Device}, on {Host}, which takes {Times:F1} times as long as the others, for {Part}; {Remedy}")]
    private partial void LogStraggler(string runId, string device, string host, double times, string part, string remedy);

    [LoggerMessage(LogLevel.Warning, "Run {RunId} goes on on {Class}, and was on {Before} so far: its result has other low bits than on one class alone")]
    private partial void LogOtherClass(string runId, string @class, string? before);

    [LoggerMessage(LogLevel.Information, "Run {RunId} has {Replicas} replicas in group {Generation}: {Joined} joined, {Left} left")]
    private partial void LogRegrouped(string runId, int replicas, int generation, int joined, int left);

    [LoggerMessage(LogLevel.Information, "Run {RunId} goes on at phase {Phase}, epoch {Epoch}, step {Step}, with the state of its {From}")]
    private partial void LogGoesOn(string runId, int phase, int epoch, int step, string from);

    [LoggerMessage(LogLevel.Error, "Run {RunId} stands still until {Path}, {Bytes} bytes, can be written: {Reason}")]
    private partial void LogStandsStill(string runId, string path, long bytes, string reason);

    [LoggerMessage(LogLevel.Warning, "Run {RunId} goes back to phase {Phase}, epoch {Epoch}, step {Step}, of its {From}: {Reason}")]
    private partial void LogSetBack(string runId, int phase, int epoch, int step, string from, string reason);

    [LoggerMessage(LogLevel.Information, "Run {RunId} was left for another silo to go on with")]
    private partial void LogHandedOver(string runId);

    private void LogSuperseded(Exception reason)
    {
        LogSuperseded(RunId, reason.Message);
        LogCause(reason, RunId);
    }

    private void LogFailed(Exception reason, RunEvent.Ended ended)
    {
        var isTold = CallFailure.IsIn(reason); // a stack helps with what nobody foresaw, and with nothing else
        LogFailed(isTold ? null : reason, RunId, ended.Reason);
        if (isTold)
        {
            LogCause(reason, RunId);
        }
    }

    private void LogEndNotStored(Exception reason)
    {
        LogEndNotStored(RunId, reason is CoordinatorLostException ? reason.Message : $"a part of the cluster does not answer: {CallFailure.Words(reason)}");
        LogCause(reason, RunId);
    }

    [LoggerMessage(LogLevel.Warning, "Run {RunId} is given up by this coordinator; another one goes on with it. {Reason}")]
    private partial void LogSuperseded(string runId, string reason);

    [LoggerMessage(LogLevel.Error, "Run {RunId} failed: {Reason}")]
    private partial void LogFailed(Exception? exception, string runId, string? reason);

    [LoggerMessage(LogLevel.Error, "Run {RunId} ended, but its end could not be stored; the next coordinator finds it out. {Reason}")]
    private partial void LogEndNotStored(string runId, string reason);

    [LoggerMessage(LogLevel.Debug, "The catalogue does not know yet that run {RunId} has ended or is paused; it is told when it asks")]
    private partial void LogNotMarked(Exception exception, string runId);

    [LoggerMessage(LogLevel.Debug, "What was behind the last line of run {RunId}")]
    private partial void LogCause(Exception exception, string runId);

    [LoggerMessage(LogLevel.Warning, "The log of run {RunId} could not be written into its output folder; dfreeze logs has its lines")]
    private partial void LogNoLog(Exception exception, string runId);

    [LoggerMessage(LogLevel.Warning, "What run {RunId} has left in its output folder could not be read")]
    private partial void LogArtefactsNotRead(Exception exception, string runId);

    [LoggerMessage(LogLevel.Warning, "Run {RunId} could not ask whether another has its output folder {Output}: {Reason}")]
    private partial void LogNotClaimed(string runId, string output, string reason);
}
