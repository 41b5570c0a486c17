using DistributedFreeze.Coordination.Files;
using DistributedFreeze.Coordination.Groups;
using DistributedFreeze.Coordination.Positions;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination;

/// <content>How a run begins or is picked up: finding where it stands, loading its replicas, and deciding what the spec left open.</content>
public sealed partial class RunDriver
{
    /// <summary>How long a run that is asked to stop waits to hear whether replicas of a driver before are left: a little longer than the scheduler may need.</summary>
    private static readonly TimeSpan ReplicaTimeout = TimeSpan.FromSeconds(20);

    /// <summary>How long a run that has written nothing yet holds devices for a folder that it may not write: long enough for a mount that is mended.</summary>
    private static readonly TimeSpan UnwritableTimeout = TimeSpan.FromMinutes(10);

    private async Task LocateAsync(RunSnapshot snapshot)
    {
        await WaitForReplicasAsync(snapshot);
        _progress = await _elastic.AdoptAsync(snapshot.Generation, snapshot.Devices, snapshot.Progress, _requests.Leave);
        var fromReplicas = _elastic.HoldsState;
        if (!fromReplicas)
        {
            _progress = _elastic.GoBack(_progress);
        }

        // Replicas know where the run stands, and not for how long it has gone on.
        _progress = _progress with { Seconds = Math.Max(_progress.Seconds, snapshot.Progress.Seconds) };

        var from = fromReplicas && _elastic.HasFoundLeftBehind ? "left-behind" : fromReplicas ? "replicas" : RunCursor.IsStart(_progress) ? "start" : "checkpoint";
        _publish(new RunEvent.PickedUp(_progress.Phase, _progress.Epoch, _progress.Step, from));
    }

    /// <summary>A run that is asked to stop meanwhile has a state to save where its replicas are left, and waits for no others.</summary>
    private async Task WaitForReplicasAsync(RunSnapshot snapshot)
    {
        try
        {
            await _pool.WaitAsync(_requests.Any);
        }
        catch (OperationCanceledException) when (!_requests.Leave.IsCancellationRequested && !snapshot.Devices.IsEmpty)
        {
            using var timeout = new CancellationTokenSource(ReplicaTimeout, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _requests.Leave);
            await _pool.WaitAsync(either.Token);
        }
    }

    private async Task PrepareAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                if (_spec.Replicas is null)
                {
                    await SuggestAsync(cancellationToken);
                }

                await _elastic.FormAsync(_progress, cancellationToken);
                break;
            }
            catch (GroupBrokenException broken)
            {
                _progress = await _elastic.RecoverAsync(broken, _progress, cancellationToken);
            }
            catch (StorageUnavailableException blocked)
            {
                await _storage.WaitAsync(blocked, cancellationToken); // whoever was left behind waits to hand its state over
                cancellationToken.ThrowIfCancellationRequested();
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // A replica got a late stop from a coordinator that is gone: it loads again.
            }
        }

        _elastic.Announces = true;
        Decide(_elastic.Ready.Preprocessing?.Taken);
        _run = new(_spec, _table, _masks, _elastic.Ready);
        _windows = new(_run, _time);
        _publish(_run.Announcement(_elastic.Group.Count));
    }

    /// <summary>Takes the output folder, and waits where its disk is full or read-only by now: it was neither when the run was taken on.</summary>
    /// <returns>How the run is left, where that was asked for meanwhile; null where it goes on.</returns>
    /// <exception cref="RunFailedException">Nothing could be written for a long time, and not for want of room, where nothing of the run lies yet.</exception>
    private async Task<RunOutcome?> TakeFolderAsync(CancellationToken asked, CancellationToken cancellationToken)
    {
        var since = _time.GetTimestamp();
        while (!_requests.Cancel)
        {
            try
            {
                _outputLock.Begin(_spec);
                _storage.Written();
                return null;
            }
            catch (StorageUnavailableException) when (_requests.HandOver)
            {
                return new(RunState.Running, _progress, Receipt: null);
            }
            catch (StorageUnavailableException blocked) when (_requests.Stop)
            {
                return _outputLock.IsOurs && File.Exists(_output.Checkpoint) ? new(RunState.Interrupted, _progress, Receipt: null) : throw NotKept(blocked);
            }
            catch (StorageUnavailableException blocked) when (
                !_outputLock.IsOurs && blocked.InnerException is { } reason && !StorageFault.IsFull(reason) && _time.GetElapsedTime(since) > UnwritableTimeout)
            {
                throw new RunFailedException($"Its output folder {_output.Path} cannot be written: {blocked.Message}. Nothing has been trained.", blocked);
            }
            catch (StorageUnavailableException blocked)
            {
                await _storage.WaitAsync(blocked, asked);
                cancellationToken.ThrowIfCancellationRequested();
            }
        }

        return Cancel();
    }

    /// <summary>Fixes how pixels are prepared, once and for every replica: what is in the spec now goes into its folder and its receipt.</summary>
    /// <param name="found">What an earlier attempt or the first replica found; null changes nothing.</param>
    private void Decide(Preprocessing? found)
    {
        if (_spec.Data.Preprocessing is null or Preprocessing.Auto && found is not (null or Preprocessing.Auto))
        {
            _spec = _spec with { Data = _spec.Data with { Preprocessing = found } };
            _elastic.Spec = _spec;
        }
    }

    /// <summary>Lets one replica measure how many would be fastest.</summary>
    private async Task SuggestAsync(CancellationToken cancellationToken)
    {
        await _pool.LimitAsync(1, cancellationToken);
        await _elastic.FormAsync(_progress, cancellationToken);
        if (_elastic.Ready.SuggestedReplicas is { } suggested)
        {
            await _pool.LimitAsync(Math.Clamp(suggested, 1, _spec.Shards), cancellationToken);
        }
    }
}
