using System.Diagnostics.CodeAnalysis;
using DistributedFreeze.Advice;
using DistributedFreeze.Coordination.Groups;
using DistributedFreeze.Devices;
using DistributedFreeze.Errors;
using DistributedFreeze.Grains.Coordination;
using DistributedFreeze.Grains.Replicas;
using Microsoft.Extensions.Logging;

namespace DistributedFreeze.Grains.Advice;

/// <summary>One question on its way: waits for a device, lets it answer, and asks another one where that is lost.</summary>
/// <remarks>Belongs to one grain, whose turns never overlap. To be run once.</remarks>
[SuppressMessage("Design", "CA1001", Justification = "The sources hold neither timer nor handle.")]
internal sealed partial class AdviceQuestion
{
    /// <summary>A question of which nobody reads for so long is broken off: whoever asked is gone.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>Silos whose devices may be lost with it: what kills every silo that tries it is not to kill all of them.</summary>
    public const int MostLosses = 3;

    /// <summary>Devices that may be lost with it, of however few silos.</summary>
    public const int MostLostDevices = 12;

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(10);

    private readonly DeviceRequest _claim;
    private readonly IGrainFactory _grains;
    private readonly TimeProvider _time;
    private readonly Func<string, bool> _hasLeft;
    private readonly ILogger _logger;
    private readonly LeasedReplicas _leases;
    private readonly CancellationTokenSource _cancelled = new();
    private readonly CancellationTokenSource _ended = new();
    private IReplicaGrain? _asked;
    private long _readAt;

    /// <param name="asked">What was asked, as it was.</param>
    /// <param name="request">The same with full paths.</param>
    /// <param name="claim">What it claims of the scheduler.</param>
    /// <param name="grains">The way to scheduler and devices.</param>
    /// <param name="time">The clock.</param>
    /// <param name="hasLeft">Whether a silo has left the cluster.</param>
    /// <param name="logger">What is logged of it.</param>
    public AdviceQuestion(AdviceRequest asked, AdviceRequest request, DeviceRequest claim, IGrainFactory grains, TimeProvider time, Func<string, bool> hasLeft, ILogger logger)
    {
        (Asked, Request, _claim, _grains, _time, _hasLeft, _logger) = (asked, request, claim, grains, time, hasLeft, logger);
        _leases = new(grains, claim, time, Waits, () => Task.CompletedTask, hasLeft, logger);
        Report = new(time);
        IsRead();
    }

    /// <summary>What was asked, as it was.</summary>
    public AdviceRequest Asked { get; }

    /// <summary>How far it is.</summary>
    public LatestReport Report { get; }

    private AdviceRequest Request { get; }

    private string RunId => _claim.RunId;

    /// <summary>Somebody still waits for it.</summary>
    public void IsRead() => _readAt = _time.GetTimestamp();

    /// <summary>Claims at once, if it waits: the scheduler says that there is something to hear.</summary>
    public void Turn() => _leases.Turn();

    /// <summary>Breaks it off: what is known becomes the answer.</summary>
    public void Cancel()
    {
        if (!_cancelled.IsCancellationRequested)
        {
            _cancelled.Cancel();
            _asked?.StopAdviceAsync(RunId).Ignore(); // asked again with the next look at the device
        }
    }

    /// <summary>Answers it; never fails.</summary>
    public async Task RunAsync()
    {
        var claiming = _leases.ClaimAsync();
        var watching = WatchAsync();
        var ended = await EndOfAsync();
        await _ended.CancelAsync();
        LogEnded(RunId, ended.Result is null ? ended.Failure ?? "it was broken off" : ended.Result.IsWhole ? "it is answered" : "it was broken off half answered");
        Report.Change(now => ended with { HasEnded = true, Progress = now.Progress });
        await _leases.EndAsync(keep: false);
        await claiming;
        await watching;
    }

    private async Task<AdviceReport> EndOfAsync()
    {
        try
        {
            return await AnswerAsync();
        }
        catch (OperationCanceledException) when (_cancelled.IsCancellationRequested)
        {
            return new();
        }
        catch (InvalidInputException invalid)
        {
            return new() { Failure = invalid.Message, Problems = invalid.Problems };
        }
        catch (Exception reason)
        {
            // Nobody awaits it: whatever ends it has to reach who asked.
            return new() { Failure = RunEnding.Of(reason).Reason };
        }
    }

    private async Task<AdviceReport> AnswerAsync()
    {
        HashSet<string> silos = new(StringComparer.Ordinal);
        for (var losses = 0; ;)
        {
            await _leases.WaitAsync(_cancelled.Token);
            if (_leases.Granted is not [var handle, ..])
            {
                continue;
            }

            var replica = _asked = _grains.GetGrain<IReplicaGrain>(handle.Device);
            string loss;
            try
            {
                await _leases.HoldAsync([handle.Device]);
                LogAsks(RunId, handle.Device);
                await replica.AdviseAsync(new(RunId, Request));
                var report = await ReadAsync(handle, replica);
                switch (report)
                {
                    case { HasEnded: true, IsDeviceLost: false } when IsMeant(report):
                        return Named(report);
                    case { HasEnded: false }:
                        await MoveAsync(replica);
                        continue;
                    default:
                        loss = report?.Failure ?? "its silo has left, or the device was taken from it";
                        break;
                }
            }
            catch (Exception reason) when (CallFailure.Is(reason))
            {
                loss = CallFailure.Words(reason);
            }
            catch (DeviceBusyException busy)
            {
                // Nothing is wrong with it: it is another run's, or still at an earlier question of this name.
                LogLost(RunId, handle.Device, busy.Message);
                Leave(handle, replica);
                continue;
            }

            LogLost(RunId, handle.Device, loss);
            Leave(handle, replica);
            _cancelled.Token.ThrowIfCancellationRequested();
            silos.Add(handle.Silo);
            if (++losses == MostLostDevices || silos.Count == MostLosses)
            {
                throw new RunFailedException($"The cluster could not answer: {losses} devices were lost one after another, the last of them, {handle.Device}, since {loss}.");
            }
        }
    }

    /// <summary>Follows a device that was asked.</summary>
    /// <returns>Its last report, which has not ended where the device is to be given back; null where it does not know of the question any more.</returns>
    private async Task<AdviceReport?> ReadAsync(ReplicaHandle handle, IReplicaGrain replica)
    {
        for (var version = 0L; ;)
        {
            if (_cancelled.IsCancellationRequested)
            {
                await replica.StopAdviceAsync(RunId);
            }

            var report = _hasLeft(handle.Silo) ? null : await replica.ReadAdviceAsync(RunId, version);
            if (report is null or { HasEnded: true } || !_leases.Granted.Contains(handle))
            {
                return report;
            }

            version = report.Version;
            Report.Change(now => now with { Progress = report.Progress });
        }
    }

    /// <summary>Goes to another device. This one may still compute, where only an answer of it was lost: it is told to stop.</summary>
    private void Leave(ReplicaHandle handle, IReplicaGrain replica)
    {
        _asked = null;
        _leases.Lost(handle, avoid: true);
        Waits();
        if (!_hasLeft(handle.Silo))
        {
            replica.ReleaseOfAsync(RunId).Ignore();
        }
    }

    /// <summary>A device that was taken away has broken off what nobody cancelled.</summary>
    private bool IsMeant(AdviceReport ended) => ended.Failure is not null || ended.Result is { IsWhole: true } || _cancelled.IsCancellationRequested;

    /// <summary>Gives a device back that is wanted back: its silo is about to leave.</summary>
    private async Task MoveAsync(IReplicaGrain replica)
    {
        _asked = null;
        Waits();
        await replica.ReleaseOfAsync(RunId);
        await _leases.HoldAsync([]);
    }

    private void Waits(int position, string? reason)
    {
        if (position > 0)
        {
            Report.Change(now => now with { Progress = new(AdviceStage.Waiting, 0, 0, reason) { QueuePosition = position } });
        }
    }

    private void Waits() => Report.Change(now => now with { Progress = new(AdviceStage.Waiting, 0, 0) });

    private async Task WatchAsync()
    {
        while (!_ended.IsCancellationRequested)
        {
            await Task.Delay(BetweenLooks, _time, _ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            if (!_ended.IsCancellationRequested && !_cancelled.IsCancellationRequested && _time.GetElapsedTime(_readAt) > Patience)
            {
                LogAbandoned(RunId);
                Cancel();
            }
        }
    }

    /// <summary>The run that is recommended names files as whoever asked does.</summary>
    private AdviceReport Named(AdviceReport report) => report.Result?.Recommendation is not { } recommended ? report : report with
    {
        Result = report.Result with
        {
            Recommendation = recommended with
            {
                Spec = recommended.Spec with
                {
                    Data = recommended.Spec.Data with { Path = Asked.Spec.Data.Path },
                    Model = recommended.Spec.Model with { Weights = Asked.Spec.Model.Weights },
                    Features = recommended.Spec.Features with { Directory = Asked.Spec.Features.Directory },
                    Output = Asked.Spec.Output,
                },
            },
        },
    };

    [LoggerMessage(LogLevel.Information, "{Question} is asked of the device {Device}")]
    private partial void LogAsks(string question, string device);

    [LoggerMessage(LogLevel.Warning, "{Question} goes to another device than {Device}: {Loss}")]
    private partial void LogLost(string question, string device, string loss);

    [LoggerMessage(LogLevel.Information, "{Question} is broken off: nobody has waited for its answer for minutes")]
    private partial void LogAbandoned(string question);

    [LoggerMessage(LogLevel.Information, "{Question} has ended: {How}")]
    private partial void LogEnded(string question, string how);
}
