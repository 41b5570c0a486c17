using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Masks;
using DistributedFreeze.Freezing.Planning;
using DistributedFreeze.Freezing.Policies;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Data;
using DistributedFreeze.Training.Steps;

namespace DistributedFreeze.Training.Runs;

/// <summary>Drives a run over its replicas, from loading to the receipt: phases, epochs, windows, checkpoints, losses, proof.</summary>
/// <remarks>
/// It computes nothing and holds no tensor: it may live in a grain, with its replicas in other processes, or beside them in one. What it
/// does next is read off from where the run stands, so that a run may be set back or picked up at any step. One run per
/// object; requests are thread-safe.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "A request may come after the end, and the source holds neither timer nor handle.")]
public sealed class RunDriver
{
    private readonly string _runId;
    private readonly RunSpec _spec;
    private readonly IReplicaPool _pool;
    private readonly GroupKeeper _keeper;
    private readonly LossTally _losses = new();
    private readonly OutputFolder _output;
    private readonly Action<RunEvent> _publish;
    private readonly Func<RunMilestone, Task> _keep;
    private readonly TimeProvider _time;
    private readonly CheckpointClock _checkpoints;
    private readonly LayerTable _table;
    private readonly ImmutableArray<FreezeMask> _masks;
    private readonly CancellationTokenSource _waiting = new();
    private volatile bool _stopRequested;
    private volatile bool _handOverRequested;
    private volatile bool _cancelRequested;

    private ImmutableArray<PhasePlan> _plans;
    private EpochSchedule _schedule = new(0, 1, 1);
    private RunPace _pace;
    private RunProgress _progress = new();
    private int _announcedPhase = -1;
    private (int Phase, int Epoch)? _pacedEpoch;
    private long _started;

    /// <param name="runId">The run.</param>
    /// <param name="spec">A validated spec.</param>
    /// <param name="pool">The replicas, 1 up to the run's shards.</param>
    /// <param name="publish">Receives events as they happen, without number and time.</param>
    /// <param name="time">The clock.</param>
    /// <param name="keep">Stores what another driver needs to pick the run up; null stores nothing.</param>
    /// <param name="checkpointInterval">Time between two checkpoints, more than 0; null takes a minute.</param>
    public RunDriver(
        string runId,
        RunSpec spec,
        IReplicaPool pool,
        Action<RunEvent> publish,
        TimeProvider time,
        Func<RunMilestone, Task>? keep = null,
        TimeSpan? checkpointInterval = null)
    {
        _runId = runId;
        _spec = spec;
        _pool = pool;
        _output = new(spec.Output);
        _publish = publish;
        _keep = keep ?? (_ => Task.CompletedTask);
        _time = time;
        _checkpoints = new(time, checkpointInterval ?? CheckpointClock.DefaultInterval);
        _pace = new(time, []);
        _table = LayerTable.For(spec.Model.Graph);
        _masks = [.. spec.Phases.Select((phase, i) => FreezePolicyResolver.Resolve(phase.Freeze, _table, $"phases[{i}].freeze") with { Version = i + 1 })];
        ImmutableArray<PhaseOrder> orders =
            [.. _masks.Select((mask, i) => new PhaseOrder { Phase = i, MaskVersion = mask.Version, MaskHash = mask.Hash })];
        _keeper = new(runId, spec, pool, _output, orders, publish, _keep);
    }

    /// <summary>Where the run stands. Thread-safe: the value is replaced whole.</summary>
    public RunProgress Progress => _progress;

    /// <summary>Ids of the devices that its replicas own. Thread-safe.</summary>
    public ImmutableArray<string> Devices => _keeper.Group.Devices;

    /// <summary>True once what lies in the output folder is this run's.</summary>
    public bool OwnsOutput { get; private set; }

    /// <summary>Asks the run to end after its current step, with a checkpoint.</summary>
    public Task RequestStop()
    {
        _stopRequested = true;
        _waiting.Cancel();
        return _keeper.StopAsync();
    }

    /// <summary>Asks the run to end after its current step and to clear up.</summary>
    public Task RequestCancel()
    {
        _cancelRequested = true;
        return RequestStop();
    }

    /// <summary>Asks the driver to leave off after the current window; the replicas stay as they are, for another driver to go on with.</summary>
    public void RequestHandOver()
    {
        _handOverRequested = true;
        _waiting.Cancel();
    }

    /// <summary>Runs to the end, or until asked to stop.</summary>
    /// <param name="resume">True to go on from the checkpoint in the output folder.</param>
    /// <param name="cancellationToken">Breaks the run off without a checkpoint.</param>
    /// <exception cref="InvalidInputException">Data, weights or checkpoint cannot be used.</exception>
    /// <exception cref="RunFailedException">The run cannot go on.</exception>
    public Task<RunOutcome> RunAsync(bool resume, CancellationToken cancellationToken)
    {
        if (!resume)
        {
            _output.RequireNew();
        }

        return DriveAsync(
            resume,
            () =>
            {
                if (resume && File.Exists(_output.Checkpoint))
                {
                    _progress = CheckpointProgress.Read(_output.Checkpoint, RunSpecKey.Of(_spec));
                }

                return Task.CompletedTask;
            },
            cancellationToken);
    }

    /// <summary>Goes on with a run whose driver was lost, with its replicas where they still are, else from its newest checkpoint.</summary>
    /// <param name="milestone">What the lost driver stored last; its generation may be raised by anyone.</param>
    /// <param name="cancellationToken">Breaks the run off without a checkpoint.</param>
    /// <exception cref="InvalidInputException">Data, weights or checkpoint cannot be used.</exception>
    /// <exception cref="RunFailedException">The run cannot go on.</exception>
    public Task<RunOutcome> PickUpAsync(RunMilestone milestone, CancellationToken cancellationToken) => DriveAsync(
        resume: File.Exists(_output.Spec) || _output.FindReceipt(_runId) is not null, () => LocateAsync(milestone, _waiting.Token), cancellationToken);

    /// <summary>Gives every replica back; nothing may be under way.</summary>
    public Task ReleaseAsync() => _keeper.ReleaseAsync();

    private async Task LocateAsync(RunMilestone milestone, CancellationToken cancellationToken)
    {
        await _pool.WaitAsync(cancellationToken);
        _progress = await _keeper.AdoptAsync(milestone.Generation, milestone.Devices, milestone.Progress, cancellationToken);
        var fromReplicas = _keeper.HoldsState;
        if (!fromReplicas)
        {
            _progress = File.Exists(_output.Checkpoint) ? CheckpointProgress.Read(_output.Checkpoint, RunSpecKey.Of(_spec)) : new();
        }

        var from = fromReplicas ? "replicas" : RunCursor.IsStart(_progress) ? "start" : "checkpoint";
        _publish(new RunEvent.PickedUp(_progress.Phase, _progress.Epoch, _progress.Step, from));
    }

    private async Task<RunOutcome> DriveAsync(bool resume, Func<Task> locate, CancellationToken cancellationToken)
    {
        _started = _time.GetTimestamp();
        OwnsOutput = resume;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _waiting.Token);
        try
        {
            await locate();
            if (resume && _output.FindReceipt(_runId) is { } receipt)
            {
                return Finished(receipt); // the last driver was lost between the receipt and the telling of it
            }

            await PrepareAsync(either.Token);
        }
        catch (OperationCanceledException) when (_handOverRequested)
        {
            return new(RunState.Running, _progress, Receipt: null);
        }
        catch (OperationCanceledException) when (_stopRequested)
        {
            return _cancelRequested ? Cancel() : Halt(resume); // nothing is lost: what was loaded can be loaded again
        }

        if (_cancelRequested)
        {
            return Cancel();
        }

        BeginOutput(resume);
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
                await RecoverAsync(broken, cancellationToken);
            }
            catch (OperationCanceledException) when (_waiting.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                // Waiting for devices was cut short; the next turn of the loop sees to what was asked.
            }
        }
    }

    /// <summary>One turn of the run.</summary>
    /// <returns>How it ended; null while it goes on.</returns>
    private async Task<RunOutcome?> StepAsync(CancellationToken cancellationToken)
    {
        if (_cancelRequested)
        {
            return Cancel();
        }

        if (_stopRequested || _handOverRequested)
        {
            return await LeaveOffAsync(cancellationToken);
        }

        _progress = await _keeper.EnsureAsync(_progress, _waiting.Token);
        EnterPhase();
        switch (RunCursor.Next(_progress, _spec.Phases, _schedule.StepsPerEpoch))
        {
            case RunAction.Train:
                await RunWindowAsync(cancellationToken);
                return null;
            case RunAction.EndEpoch:
                await EndEpochAsync(cancellationToken);
                return null;
            case RunAction.NextPhase:
                await _keeper.Group.RequireSameModelAsync(cancellationToken);
                _progress = BetweenEpochs with { Phase = _progress.Phase + 1, Epoch = 0 };
                return null;
            default:
                await _keeper.Group.RequireSameModelAsync(cancellationToken);
                return await FinishAsync(cancellationToken);
        }
    }

    private async Task RecoverAsync(GroupBrokenException broken, CancellationToken cancellationToken)
    {
        var before = _progress;
        _progress = await _keeper.SurveyAsync(broken, _progress, cancellationToken);
        if (RunCursor.Compare(_progress, before) > 0)
        {
            _losses.Progressed(); // the window broke after some of its steps
        }

        if (_losses.Broke(broken))
        {
            await _keeper.KeepFirstSiloAsync();
        }
    }

    private RunOutcome Finished(Receipt receipt)
    {
        _output.Finish(receipt);
        return new(RunState.Succeeded, _progress with { Epochs = receipt.Epochs }, receipt);
    }

    private RunOutcome Halt(bool resume)
    {
        BeginOutput(resume);
        return new(RunState.Interrupted, _progress, Receipt: null);
    }

    private RunOutcome Cancel()
    {
        if (OwnsOutput)
        {
            _output.GiveUp();
        }

        return new(RunState.Cancelled, _progress, Receipt: null);
    }

    /// <summary>Ends with a checkpoint, wherever a replica holds anything that is worth one.</summary>
    private async Task<RunOutcome> LeaveOffAsync(CancellationToken cancellationToken)
    {
        if (_keeper.HoldsState)
        {
            await SaveCheckpointAsync(cancellationToken);
        }

        return new(_stopRequested ? RunState.Interrupted : RunState.Running, _progress, Receipt: null);
    }

    /// <summary>Writes the first file only when data and weights have turned out good: bad input leaves nothing behind.</summary>
    private void BeginOutput(bool resume)
    {
        if (!resume)
        {
            _output.Begin(_spec);
            OwnsOutput = true;
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

                await _keeper.FormAsync(_progress, cancellationToken);
                break;
            }
            catch (GroupBrokenException broken)
            {
                await RecoverAsync(broken, cancellationToken);
            }
        }

        _keeper.Announces = true;
        _plans = [.. _masks.Select(mask => PhasePlan.Create(_table, mask, _spec.Model.Head, Ready.Classes.Length, _spec.Data.ImageSize))];
        _schedule = new(Ready.TrainImages, _spec.Shards, _spec.BatchSize);
        _pace = new(_time, [.. _spec.Phases.Select((phase, i) => RunPace.CostOf(phase, _plans[i], Ready, KeepsFeatures))]);
        _publish(new RunEvent.Prepared(
            _keeper.Group.Count, Ready.TrainImages, Ready.ValidationImages, Ready.TestImages, Ready.Classes, Warnings()));
    }

    /// <summary>Lets one replica measure how many would be fastest.</summary>
    private async Task SuggestAsync(CancellationToken cancellationToken)
    {
        await _pool.LimitAsync(1, cancellationToken);
        await _keeper.FormAsync(_progress, cancellationToken);
        if (Ready.SuggestedReplicas is { } suggested)
        {
            await _pool.LimitAsync(Math.Clamp(suggested, 1, _spec.Shards), cancellationToken);
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
            _progress = _progress with { Predictions = _progress.Predictions.Add(_keeper.Predictions.GetValueOrDefault(phase)) };
        }

        var plan = _plans[phase];
        _publish(new RunEvent.PhaseStarted(
            phase,
            _spec.Phases.Length,
            _spec.Phases[phase].Epochs,
            plan.Mask.Hash,
            plan.Boundary.Name,
            plan.Parameters.Trainable,
            plan.Parameters.Frozen,
            plan.AllReduceBytes)
        {
            MaskVersion = plan.Mask.Version,
            BoundaryDepth = plan.Boundary.Index,
        });
    }

    private async Task RunWindowAsync(CancellationToken cancellationToken)
    {
        if (_pacedEpoch != (_progress.Phase, _progress.Epoch))
        {
            _pacedEpoch = (_progress.Phase, _progress.Epoch);
            _pace.BeginEpoch();
        }

        var order = new WindowOrder
        {
            Phase = _progress.Phase,
            Epoch = _progress.Epoch,
            FirstStep = _progress.Step,
            Steps = _pace.NextWindow(_schedule.StepsPerEpoch - _progress.Step),
            Progress = _progress,
        };
        _pace.BeginWindow();
        var report = await _keeper.Group.RunWindowAsync(order, cancellationToken);
        _keeper.Stepped();
        _losses.Progressed();
        _progress = WindowTally.Add(_progress, report);
        _pace.EndWindow(report.Losses.Length, report.Samples.Sum());
        _publish(new RunEvent.WindowDone(
            _progress.Phase,
            _progress.Epoch,
            _progress.Step,
            _schedule.StepsPerEpoch,
            _progress.LossSum / _progress.Samples,
            (double)_progress.Correct / _progress.Samples,
            _pace.ImagesPerSecond,
            _pace.Remaining(_progress.Phase, _progress.Epoch, (double)_progress.Step / _schedule.StepsPerEpoch))
        {
            WindowSteps = report.Losses.Length,
            WindowImages = report.Samples.Sum(),
            LearningRate = LearningRate.OfLast(_progress, _spec.Phases[_progress.Phase], _schedule.StepsPerEpoch),
        });

        if (!report.Stopped && _checkpoints.IsDue)
        {
            await SaveCheckpointAsync(cancellationToken);
        }
    }

    private async Task EndEpochAsync(CancellationToken cancellationToken)
    {
        var validation = Ready.ValidationImages == 0
            ? null
            : await EvaluateAsync(EvaluationSplit.Validation, cancellationToken);
        if (validation is { IsWhole: false })
        {
            return; // the run was asked to stop
        }

        var result = new EpochResult
        {
            Phase = _progress.Phase,
            Epoch = _progress.Epoch,
            TrainLoss = _progress.LossSum / _progress.Samples,
            TrainAccuracy = (double)_progress.Correct / _progress.Samples,
            ValidationLoss = validation?.Loss,
            ValidationAccuracy = validation?.Accuracy,
            Seconds = _pace.EpochSeconds,
            ImagesPerSecond = _pace.EpochImagesPerSecond,
            FeaturesComputed = _progress.FeaturesComputed,
            FeaturesRead = _progress.FeaturesRead,
        };
        _progress = BetweenEpochs with
        {
            Epoch = _progress.Epoch + 1,
            Epochs = _progress.Epochs.Add(result),
        };
        await _keep(new(_keeper.Generation, _keeper.Group.Devices, _progress));
        _publish(new RunEvent.EpochDone(result));
        if (_checkpoints.IsDue)
        {
            await SaveCheckpointAsync(cancellationToken);
        }
    }

    /// <exception cref="RunFailedException">The loss is no number: the last step left weights that are none, or far too large.</exception>
    private async Task<SplitScore> EvaluateAsync(EvaluationSplit split, CancellationToken cancellationToken)
    {
        var score = await _keeper.Group.EvaluateAsync(split, cancellationToken);
        if (score.IsWhole && !double.IsFinite(score.Loss))
        {
            var phase = _progress.Phase;
            throw new RunFailedException(
                $"The {(split == EvaluationSplit.Test ? "test" : "validation")} loss became {score.Loss} in phase {phase + 1}. Training "
                + $"diverged: lower phases[{phase}].optimizer.learning_rate ({_spec.Phases[phase].Optimizer.LearningRate}), or warm up.");
        }

        return score;
    }

    private async Task SaveCheckpointAsync(CancellationToken cancellationToken)
    {
        await _keeper.SaveCheckpointAsync(_progress with { Seconds = Seconds }, cancellationToken);
        _checkpoints.Written();
        _publish(new RunEvent.CheckpointWritten(_output.Checkpoint));
    }

    /// <returns>Null where the run was asked to stop before it was tested.</returns>
    private async Task<RunOutcome?> FinishAsync(CancellationToken cancellationToken)
    {
        var test = Ready.TestImages == 0 ? null : await EvaluateAsync(EvaluationSplit.Test, cancellationToken);
        if (_stopRequested && test is null or { IsWhole: false })
        {
            return null;
        }

        var frozen = await _keeper.Group.ProveFrozenAsync(_keeper.ReadyOf, cancellationToken);
        var model = await _keeper.Group.SaveModelAsync(_output.Model, cancellationToken);
        var last = _plans[^1];
        var receipt = new Receipt
        {
            RunId = _runId,
            Program = ProgramVersion.Current,
            ModelSha256 = model.Sha256,
            BaseSha256 = Ready.BaseHash,
            DataSha256 = Ready.DataHash,
            MaskHash = last.Mask.Hash,
            TrainableParameters = last.Parameters.Trainable,
            FrozenUnchanged = true,
            TrainLoss = [.. _progress.Epochs.Select(epoch => epoch.TrainLoss)],
            TestAccuracy = test?.Accuracy,
            TestLoss = test?.Loss,
            TestImages = Ready.TestImages,
            Replicas = _keeper.Group.Count,
            Devices = [.. _keeper.Group.Seats.Select(seat => _keeper.ReadyOf(seat).Device)],
            ImagesPerSecond = RunPace.Rate(_progress.Epochs),
            Seconds = Seconds,
            Classes = Ready.Classes,
            Phases = [.. _spec.Phases.Select((phase, i) => Phase(phase, _plans[i]))],
            Epochs = _progress.Epochs,
            FrozenLayers = frozen,
            Warnings = Warnings(),
            Spec = _spec,
            Predictions = [.. _spec.Phases.Select((_, i) => Compare(i))],
        };
        _output.Finish(receipt);
        return new(RunState.Succeeded, _progress, receipt);
    }

    private PhaseReceipt Phase(PhaseSpec phase, PhasePlan plan) => new(
        plan.Mask.Hash,
        plan.Boundary.Name,
        plan.Parameters.Trainable,
        plan.Parameters.Frozen,
        plan.AllReduceBytes,
        (long)phase.Epochs * _schedule.StepsPerEpoch);

    private ReplicaReady Ready => _keeper.Ready;

    /// <summary>A guess for the time that is left, before anything is measured.</summary>
    private bool KeepsFeatures => _spec.Features.Cache != FeatureCacheMode.Off && _spec.Data.Augmentation is null or { Views: not null };

    private PhaseComparison Compare(int phase) => PhaseComparison.Of(
        _progress.Predictions.ElementAtOrDefault(phase), [.. _progress.Epochs.Where(epoch => epoch.Phase == phase)]);

    /// <summary>Where the run stands, with nothing of an epoch done.</summary>
    private RunProgress BetweenEpochs => _progress with
    {
        Step = 0,
        LossSum = 0,
        Correct = 0,
        Samples = 0,
        FeaturesComputed = 0,
        FeaturesRead = 0,
    };

    private double Seconds => _progress.Seconds + _time.GetElapsedTime(_started).TotalSeconds;

    private ImmutableArray<string> Warnings() =>
    [
        .. _spec.Model.Weights is null ? ["The base has random weights: without pre-trained ones (model.weights) features say little."] : Array.Empty<string>(),
        .. _spec.Exchange == ExchangeType.Bf16 ? ["Sums travel between silos as bf16: the result depends on which silos the replicas run on."] : Array.Empty<string>(),
        .. Ready.Warnings,
        .. _plans.SelectMany(plan => plan.Warnings).Distinct(),
    ];
}
