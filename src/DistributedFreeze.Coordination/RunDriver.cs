using System.Collections.Immutable;
using DistributedFreeze.Coordination.Groups;
using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Coordination.Positions;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Masks;
using DistributedFreeze.Freezing.Policies;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination;

/// <summary>Drives a run over its replicas, from loading to the receipt: phases, epochs, windows, checkpoints, losses, proof.</summary>
/// <remarks>
/// It computes nothing and holds no tensor: it may live in a grain, with its replicas in other processes, or beside them in one. What it
/// does next is read off from where the run stands, so that a run may be set back or picked up at any step. One run per
/// object; requests are thread-safe.
/// </remarks>
/// <example>
/// <code><![CDATA[
/// // Trains in this process, on two replicas of one thread each.
/// using System;
/// using System.Threading;
/// using DistributedFreeze.Coordination;
/// using DistributedFreeze.Coordination.Groups;
/// using DistributedFreeze.Data.Features;
/// using DistributedFreeze.Exchange.Sockets;
/// using DistributedFreeze.Runs;
/// using DistributedFreeze.Training.Replicas;
///
/// var spec = new RunSpec
/// {
///     Data = new() { Path = "photos" },
///     Model = new() { Weights = "resnet50_keras.h5" },
///     Phases = [new() { Epochs = 15 }], // the head alone
///     Replicas = 2,
///     Output = "photos-1",
/// };
///
/// using var stores = new FeatureStores();
/// var backend = new TorchBackend(stores, new SharedExchanges());
/// await using var first = backend.ReplicaOn("cpu:0");
/// await using var second = backend.ReplicaOn("cpu:1");
/// var pool = new FixedReplicas([new("here/cpu:0", "here", null, first), new("here/cpu:1", "here", null, second)]);
///
/// var driver = new RunDriver("photos-1", spec, pool, happened => Console.WriteLine(RunEventText.Of(happened)), TimeProvider.System);
/// var outcome = await driver.RunAsync(resume: false, CancellationToken.None);
/// Console.WriteLine(outcome.Receipt?.ModelSha256 ?? "nothing");
/// ]]></code>
/// </example>
public sealed partial class RunDriver
{
    private readonly string _runId;
    private readonly RunOwner? _owner;
    private readonly IReplicaPool _pool;
    private readonly ElasticGroup _elastic;
    private readonly OutputFolder _output;
    private readonly OutputLock _outputLock;
    private readonly Action<RunEvent> _publish;
    private readonly Func<RunSnapshot, Task> _keep;
    private readonly Func<ImmutableArray<EpochResult>>? _kept;
    private readonly TimeProvider _time;
    private readonly CheckpointClock _checkpoints;
    private readonly LayerTable _table;
    private readonly ImmutableArray<FreezeMask> _masks;
    private readonly RunRequests _requests = new();
    private readonly StorageWait _storage;

    private RunSpec _spec; // its preprocessing is filled in once that is decided
    private PreparedRun _run = null!; // both made when data and weights are there
    private RunWindows _windows = null!;
    private RunProgress _progress = new();
    private int _announcedPhase = -1;
    private SplitScore? _test;
    private (int Phase, int Epoch, SplitScore Score)? _validated; // of the epoch that the phase would keep; a driver that picks a run up validates again
    private long _started;

    /// <param name="runId">The run.</param>
    /// <param name="spec">A validated spec.</param>
    /// <param name="pool">The replicas, 1 up to the run's shards.</param>
    /// <param name="publish">Receives events as they happen, without number and time.</param>
    /// <param name="time">The clock.</param>
    /// <param name="keep">Stores what another driver needs to pick the run up; null stores nothing.</param>
    /// <param name="checkpointInterval">Least time between two checkpoints, more than 0, and up to three times as long where writing is slow; null takes a minute.</param>
    /// <param name="movesShards">Whether shards of a replica that is much slower than the others move to them.</param>
    /// <param name="kept">
    /// The epochs that are stored by now, whole: another driver learns of them there, and orders leave them out. Null where none are, and orders have all.
    /// </param>
    /// <param name="isOutputMoved">Whether the output folder's path leads elsewhere by now, where nothing may be written; null where it cannot.</param>
    /// <param name="owner">Who submitted the run, for its receipt; null where nobody was asked.</param>
    public RunDriver(
        string runId,
        RunSpec spec,
        IReplicaPool pool,
        Action<RunEvent> publish,
        TimeProvider time,
        Func<RunSnapshot, Task>? keep = null,
        TimeSpan? checkpointInterval = null,
        bool movesShards = true,
        Func<ImmutableArray<EpochResult>>? kept = null,
        Func<bool>? isOutputMoved = null,
        RunOwner? owner = null)
    {
        _runId = runId;
        _owner = owner;
        _spec = spec;
        _pool = pool;
        _output = new(spec.Output, isOutputMoved);
        _outputLock = new(_output, runId);
        _publish = publish;
        _keep = keep ?? (_ => Task.CompletedTask);
        _kept = kept;
        _time = time;
        _storage = new(publish, time);
        _checkpoints = new(time, checkpointInterval ?? CheckpointClock.DefaultInterval);
        _table = LayerTable.For(spec.Model);
        _masks = [.. spec.Phases.Select((phase, i) => FreezePolicyResolver.Resolve(phase.Freeze, _table, $"phases[{i}].freeze") with { Version = i + 1 })];
        ImmutableArray<PhaseOrder> orders =
            [.. _masks.Select((mask, i) => new PhaseOrder { Phase = i, MaskVersion = mask.Version, MaskHash = mask.Hash })];
        _elastic = new(runId, spec, pool, _output, _outputLock, orders, publish, _keep, Brief, time, movesShards);
    }

    /// <summary>Epochs over all phases, at least 1, after which the run is left with a checkpoint, unless it ends with them. Default: null, it is driven to its end.</summary>
    public int? PauseAfterEpoch { get; init; }

    /// <summary>Where the run stands. Thread-safe: the value is replaced whole.</summary>
    public RunProgress Progress => _progress;

    /// <summary>Ids of the devices that its replicas own. Thread-safe.</summary>
    public ImmutableArray<string> Devices => _elastic.Group.Devices;

    /// <summary>True once what lies in the output folder is this run's.</summary>
    public bool OwnsOutput => _outputLock.IsOurs;

    /// <summary>Asks the run to end after its current step, with a checkpoint.</summary>
    public Task RequestStop()
    {
        _requests.AskToStop();
        return _elastic.StopAsync();
    }

    /// <summary>Asks the run to end after its current step and to clear up.</summary>
    public Task RequestCancel()
    {
        _requests.AskToCancel();
        return _elastic.StopAsync();
    }

    /// <summary>Asks the driver to leave off after the current window; the replicas stay as they are, for another driver to go on with.</summary>
    public void RequestHandOver() => _requests.AskToHandOver();

    /// <summary>Runs to the end, or until asked to stop.</summary>
    /// <param name="resume">True to go on from the checkpoint in the output folder, where one with this spec has left something.</param>
    /// <param name="cancellationToken">Breaks the run off without a checkpoint.</param>
    /// <exception cref="InvalidInputException">Data, weights or checkpoint cannot be used, or the folder is another run's.</exception>
    /// <exception cref="RunFailedException">The run cannot go on.</exception>
    public Task<RunOutcome> RunAsync(bool resume, CancellationToken cancellationToken)
    {
        resume &= IsBegun;
        if (!resume)
        {
            _output.RequireNew();
        }

        return DriveAsync(
            resume,
            isHandedOn: true,
            () =>
            {
                _progress = (resume ? CheckpointProgress.RequireWhole(_output, _spec) : null) ?? new();
                return Task.CompletedTask;
            },
            cancellationToken);
    }

    /// <summary>Goes on with a run whose driver was lost, with its replicas where they still are, else from its newest checkpoint.</summary>
    /// <param name="snapshot">What the lost driver stored last; its generation may be raised by anyone.</param>
    /// <param name="cancellationToken">Breaks the run off without a checkpoint.</param>
    /// <exception cref="InvalidInputException">Data, weights or checkpoint cannot be used.</exception>
    /// <exception cref="RunFailedException">The run cannot go on.</exception>
    public Task<RunOutcome> PickUpAsync(RunSnapshot snapshot, CancellationToken cancellationToken)
    {
        _progress = snapshot.Progress; // as far as is known while it waits for replicas, or is asked to stop there
        return DriveAsync(resume: IsBegun, isHandedOn: false, () => LocateAsync(snapshot), cancellationToken);
    }

    private bool IsBegun => File.Exists(_output.Spec) || _output.FindReceipt(_runId) is not null;

    /// <summary>Gives every replica back; nothing may be under way.</summary>
    public Task ReleaseAsync() => _elastic.ReleaseAsync();

    private async Task<RunOutcome> DriveAsync(bool resume, bool isHandedOn, Func<Task> locate, CancellationToken cancellationToken)
    {
        try
        {
            return await DriveFolderAsync(resume, isHandedOn, locate, cancellationToken);
        }
        finally
        {
            _outputLock.LetGo();
        }
    }

    private async Task<RunOutcome> DriveFolderAsync(bool resume, bool isHandedOn, Func<Task> locate, CancellationToken cancellationToken)
    {
        _started = _time.GetTimestamp();
        if (resume)
        {
            Decide(_output.FindPreprocessing());
            _outputLock.GoOn(_spec, isHandedOn);
        }

        if (resume && _output.FindReceipt(_runId) is { } receipt)
        {
            return Finished(receipt); // the last driver was lost between the receipt and the telling of it
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _requests.Any);
        try
        {
            await locate();
            either.Token.ThrowIfCancellationRequested();
            await PrepareAsync(either.Token);
        }
        catch (OperationCanceledException) when (_requests.HandOver)
        {
            return new(RunState.Running, _progress, Receipt: null);
        }
        catch (OperationCanceledException) when (_requests.Stop)
        {
            return _requests.Cancel ? Cancel() : await HaltAsync(cancellationToken);
        }

        if (await TakeFolderAsync(either.Token, cancellationToken) is { } left)
        {
            return left;
        }

        while (true)
        {
            try
            {
                if (await StepAsync(cancellationToken) is { } outcome)
                {
                    return outcome;
                }
            }
            catch (GroupBrokenException broken)
            {
                _progress = await _elastic.RecoverAsync(broken, _progress, cancellationToken);
            }
            catch (RunFailedException diverged) when (diverged.IsDivergence && _elastic.Group.Count > 1)
            {
                _progress = await _elastic.DoubtAsync(diverged, _progress, cancellationToken);
            }
            catch (RunFailedException drift) when (drift.ChangedLayers > 0)
            {
                GiveUpCheckpoint();
                throw;
            }
            catch (StorageUnavailableException blocked)
            {
                await _storage.WaitAsync(blocked, either.Token);
                cancellationToken.ThrowIfCancellationRequested();
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // Waiting for devices was cut short, and the next turn of the loop does what was asked; or loading was, by a stop that came late.
            }
        }
    }

    /// <summary>One turn of the run.</summary>
    /// <returns>How it ended; null while it goes on.</returns>
    private async Task<RunOutcome?> StepAsync(CancellationToken cancellationToken)
    {
        if (_requests.Cancel)
        {
            return Cancel();
        }

        if (_requests.Stop || _requests.HandOver)
        {
            if (_requests.Stop)
            {
                await _elastic.ProveFrozenAsync(cancellationToken); // who goes on has loaded the base anew
            }

            return await LeaveOffAsync(cancellationToken);
        }

        _progress = await _elastic.EnsureAsync(_progress, _requests.Any);
        EnterPhase();
        if (EpochHistory.Count(_progress) >= PauseAfterEpoch && RunCursor.IsBetweenEpochs(_progress, _spec.Phases))
        {
            return await PauseAsync(cancellationToken);
        }

        if (_storage.IsOwed)
        {
            await SaveCheckpointAsync(cancellationToken);
        }

        TakeNoteOfClass();
        switch (RunCursor.Next(_progress, _spec.Phases, _run.StepsPerEpoch))
        {
            case RunAction.Train:
                await RunWindowAsync(cancellationToken);
                return null;
            case RunAction.EndEpoch:
                await EndEpochAsync(cancellationToken);
                return null;
            case RunAction.EndPhase:
                await EndPhaseAsync(cancellationToken);
                return null;
            case RunAction.NextPhase:
                await _elastic.ProveFrozenAsync(cancellationToken); // what opens next was frozen so far
                await _elastic.Group.RequireSameModelAsync(StateNumber, cancellationToken);
                _progress = RunCursor.AfterPhase(_progress);
                return null;
            default:
                await _elastic.Group.RequireSameModelAsync(StateNumber, cancellationToken);
                return await FinishAsync(cancellationToken);
        }
    }

    /// <summary>Takes note of what computes the run from here on, and tells where that is something else than before.</summary>
    private void TakeNoteOfClass()
    {
        var before = _progress;
        _progress = DeviceHistory.With(before, _elastic.Ready.DeviceClass);
        if (!RunCursor.IsStart(before) && DeviceHistory.Last(before) is { } known && known != DeviceHistory.Last(_progress))
        {
            _publish(new RunEvent.Regrouped(_elastic.Generation, _elastic.Group.Devices, [], []) { OtherClass = DeviceHistory.Last(_progress), ClassBefore = known });
        }
    }

    /// <summary>Takes note of the phase that every member has entered.</summary>
    private void EnterPhase()
    {
        var phase = _progress.Phase;
        if (_announcedPhase == phase)
        {
            return;
        }

        _announcedPhase = phase;
        if (_progress.Predictions.Length == phase)
        {
            // A resumed run keeps what was predicted before its first attempt.
            _progress = _progress with { Predictions = _progress.Predictions.Add(_elastic.Predictions.GetValueOrDefault(phase)) };
        }

        _publish(_run.AnnouncementOf(phase));
    }

    private async Task RunWindowAsync(CancellationToken cancellationToken)
    {
        var report = await _elastic.RunWindowAsync(_windows.Next(Brief(_progress), _elastic.ExpectsNewcomers), cancellationToken);
        Heed(report.Stopped);
        _progress = WindowTally.Add(_progress, report);
        _publish(_windows.End(_progress, report));
        _progress = _windows.Timed(_progress);
        if (!report.Stopped && _checkpoints.IsDue)
        {
            await SaveCheckpointAsync(cancellationToken);
        }
    }

    /// <summary>A window or a score that ended early though this driver asked for nothing: a driver before did.</summary>
    private void Heed(bool stopped)
    {
        if (stopped && !_requests.Stop)
        {
            _elastic.FormAnew();
        }
    }

    private async Task SaveCheckpointAsync(CancellationToken cancellationToken)
    {
        var began = _time.GetTimestamp();
        await _elastic.SaveCheckpointAsync(_progress with { Seconds = Seconds }, cancellationToken);
        _checkpoints.Written(_time.GetElapsedTime(began));
        _storage.Written();
        _outputLock.Restore(_spec);
        _publish(new RunEvent.CheckpointWritten(_output.Checkpoint));
    }

    /// <summary>What an order says of where the run stands: whoever finds the replicas has the rest from the store.</summary>
    private RunProgress Brief(RunProgress progress) =>
        _kept is null ? progress : EpochHistory.Without(progress, EpochHistory.Shared(_kept(), progress.Epochs));

    private long StateNumber => RunCursor.StateNumber(_progress, _spec.Phases, _run.StepsPerEpoch);

    private double Seconds => _progress.Seconds + _time.GetElapsedTime(_started).TotalSeconds;
}
