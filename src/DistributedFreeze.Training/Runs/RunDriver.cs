using System.Collections.Immutable;
using System.Text.Json;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Planning;
using DistributedFreeze.Freezing.Policies;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Data;

namespace DistributedFreeze.Training.Runs;

/// <summary>Drives a run over its replicas, from loading to the receipt: phases, epochs, windows, checkpoints, proof.</summary>
/// <remarks>
/// It computes nothing and holds no tensor: it may live in a grain, with its replicas in other processes, or beside them in one.
/// One call to <see cref="RunAsync"/> per object; <see cref="RequestStop"/> is thread-safe.
/// </remarks>
public sealed class RunDriver
{
    private readonly string _runId;
    private readonly RunSpec _spec;
    private readonly ReplicaGroup _replicas;
    private readonly OutputFolder _output;
    private readonly Action<RunEvent> _publish;
    private readonly TimeProvider _time;
    private readonly CheckpointClock _checkpoints;
    private volatile bool _stopRequested;

    private ImmutableArray<PhasePlan> _plans;
    private EpochSchedule _schedule = new(0, 1, 1);
    private RunPace _pace;
    private RunProgress _progress = new();
    private ImmutableArray<ReplicaReady> _ready;
    private long _started;

    /// <param name="runId">The run.</param>
    /// <param name="spec">A validated spec.</param>
    /// <param name="replicas">The replicas, 1 up to the run's shards.</param>
    /// <param name="publish">Receives events as they happen, without number and time.</param>
    /// <param name="time">The clock.</param>
    public RunDriver(string runId, RunSpec spec, IReadOnlyList<IReplica> replicas, Action<RunEvent> publish, TimeProvider time)
    {
        _runId = runId;
        _spec = spec;
        _replicas = new(replicas);
        _output = new(spec.Output);
        _publish = publish;
        _time = time;
        _checkpoints = new(time);
        _pace = new(time, []);
    }

    /// <summary>Where the run stands. Thread-safe: the value is replaced whole.</summary>
    public RunProgress Progress => _progress;

    /// <summary>Asks the run to end after its current step.</summary>
    public Task RequestStop()
    {
        _stopRequested = true;
        return _replicas.StopAsync();
    }

    /// <summary>Runs to the end, or until asked to stop.</summary>
    /// <param name="resume">True to go on from the checkpoint in the output folder.</param>
    /// <param name="cancellationToken">Breaks the run off without a checkpoint.</param>
    /// <exception cref="InvalidInputException">Data, weights or checkpoint cannot be used.</exception>
    /// <exception cref="RunFailedException">The run cannot go on.</exception>
    public async Task<RunOutcome> RunAsync(bool resume, CancellationToken cancellationToken)
    {
        _started = _time.GetTimestamp();
        if (!resume)
        {
            _output.RequireNew();
        }

        var checkpoint = resume && File.Exists(_output.Checkpoint) ? _output.Checkpoint : null;
        if (checkpoint is not null)
        {
            _progress = CheckpointProgress.Read(checkpoint, RunSpecKey.Of(_spec));
        }

        try
        {
            await PrepareAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (_stopRequested)
        {
            BeginOutput(resume);
            return new(RunState.Interrupted, _progress, Receipt: null); // nothing is lost: what was loaded can be loaded again
        }

        BeginOutput(resume);

        for (var phase = _progress.Phase; phase < _spec.Phases.Length; phase++)
        {
            await BeginPhaseAsync(phase, cancellationToken);
            if (checkpoint is not null)
            {
                await _replicas.LoadCheckpointAsync(checkpoint, cancellationToken);
                checkpoint = null;
            }

            if (!await RunPhaseAsync(cancellationToken))
            {
                return await InterruptAsync(cancellationToken);
            }
        }

        var test = _ready[0].TestImages == 0 ? null : await EvaluateAsync(EvaluationSplit.Test, cancellationToken);
        return _stopRequested && test is null or { IsWhole: false }
            ? await InterruptAsync(cancellationToken)
            : await FinishAsync(test, cancellationToken);
    }

    /// <summary>Writes the first file only when data and weights have turned out good: bad input leaves nothing behind.</summary>
    private void BeginOutput(bool resume)
    {
        if (!resume)
        {
            _output.Begin(_spec);
        }
    }

    private async Task PrepareAsync(CancellationToken cancellationToken)
    {
        _ready = await _replicas.PrepareAsync(_runId, _spec, cancellationToken);
        var table = LayerTable.For(_spec.Model.Graph);
        _plans = [.. _spec.Phases.Select((phase, i) => PhasePlan.Create(
            table,
            FreezePolicyResolver.Resolve(phase.Freeze, table, $"phases[{i}].freeze") with { Version = i + 1 },
            _spec.Model.Head,
            _ready[0].Classes.Length,
            _spec.Data.ImageSize))];
        _schedule = new(_ready[0].TrainImages, _spec.Shards, _spec.BatchSize);
        _pace = new(_time, [.. _spec.Phases.Select((phase, i) => RunPace.CostOf(phase, _plans[i], _ready[0], KeepsFeatures))]);
        _publish(new RunEvent.Prepared(
            _replicas.Count, _ready[0].TrainImages, _ready[0].ValidationImages, _ready[0].TestImages, _ready[0].Classes, Warnings()));
    }

    private async Task BeginPhaseAsync(int phase, CancellationToken cancellationToken)
    {
        var plan = _plans[phase];
        var prediction = await _replicas.BeginPhaseAsync(new() { Phase = phase, MaskVersion = plan.Mask.Version, MaskHash = plan.Mask.Hash }, cancellationToken);
        if (_progress.Phase != phase)
        {
            _progress = BetweenEpochs with { Phase = phase, Epoch = 0 };
        }

        if (_progress.Predictions.Length == phase)
        {
            // A resumed run keeps what was predicted before its first attempt.
            _progress = _progress with { Predictions = _progress.Predictions.Add(prediction) };
        }

        _publish(new RunEvent.PhaseStarted(
            phase,
            _spec.Phases.Length,
            _spec.Phases[phase].Epochs,
            plan.Mask.Hash,
            plan.Boundary.Name,
            plan.Parameters.Trainable,
            plan.Parameters.Frozen,
            plan.AllReduceBytes));
    }

    /// <returns>False where the run was asked to stop before the phase was through.</returns>
    private async Task<bool> RunPhaseAsync(CancellationToken cancellationToken)
    {
        while (_progress.Epoch < _spec.Phases[_progress.Phase].Epochs)
        {
            _pace.BeginEpoch();
            while (_progress.Step < _schedule.StepsPerEpoch)
            {
                if (_stopRequested || !await RunWindowAsync(cancellationToken))
                {
                    return false;
                }
            }

            if (!await EndEpochAsync(cancellationToken))
            {
                return false;
            }
        }

        await _replicas.RequireSameModelAsync(cancellationToken);
        return true;
    }

    /// <returns>False where the window ended early because the run was asked to stop.</returns>
    private async Task<bool> RunWindowAsync(CancellationToken cancellationToken)
    {
        var order = new WindowOrder
        {
            Phase = _progress.Phase,
            Epoch = _progress.Epoch,
            FirstStep = _progress.Step,
            Steps = _pace.NextWindow(_schedule.StepsPerEpoch - _progress.Step),
        };
        _pace.BeginWindow();
        var report = await _replicas.RunWindowAsync(order, cancellationToken);
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
            _pace.Remaining(_progress.Phase, _progress.Epoch, (double)_progress.Step / _schedule.StepsPerEpoch)));

        if (!report.Stopped && _checkpoints.IsDue)
        {
            await SaveCheckpointAsync(cancellationToken);
        }

        return !report.Stopped;
    }

    /// <returns>False where the run was asked to stop before the epoch was validated.</returns>
    private async Task<bool> EndEpochAsync(CancellationToken cancellationToken)
    {
        var validation = _ready[0].ValidationImages == 0
            ? null
            : await EvaluateAsync(EvaluationSplit.Validation, cancellationToken);
        if (validation is { IsWhole: false })
        {
            return false;
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
        _publish(new RunEvent.EpochDone(result));
        if (_checkpoints.IsDue)
        {
            await SaveCheckpointAsync(cancellationToken);
        }

        return true;
    }

    /// <exception cref="RunFailedException">The loss is no number: the last step left weights that are none, or far too large.</exception>
    private async Task<SplitScore> EvaluateAsync(EvaluationSplit split, CancellationToken cancellationToken)
    {
        var score = await _replicas.EvaluateAsync(split, cancellationToken);
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
        var progress = _progress with { Seconds = Seconds };
        await _replicas.SaveCheckpointAsync(new(_output.Checkpoint, JsonSerializer.Serialize(progress, RunJson.Compact)), cancellationToken);
        _checkpoints.Written();
        _publish(new RunEvent.CheckpointWritten(_output.Checkpoint));
    }

    private async Task<RunOutcome> InterruptAsync(CancellationToken cancellationToken)
    {
        await SaveCheckpointAsync(cancellationToken);
        return new(RunState.Interrupted, _progress, Receipt: null);
    }

    private async Task<RunOutcome> FinishAsync(SplitScore? test, CancellationToken cancellationToken)
    {
        var frozen = await _replicas.ProveFrozenAsync(_ready, cancellationToken);
        var model = await _replicas.SaveModelAsync(_output.Model, cancellationToken);
        var last = _plans[^1];
        var receipt = new Receipt
        {
            RunId = _runId,
            Program = ProgramVersion.Current,
            ModelSha256 = model.Sha256,
            BaseSha256 = _ready[0].BaseHash,
            DataSha256 = _ready[0].DataHash,
            MaskHash = last.Mask.Hash,
            TrainableParameters = last.Parameters.Trainable,
            FrozenUnchanged = true,
            TrainLoss = [.. _progress.Epochs.Select(epoch => epoch.TrainLoss)],
            TestAccuracy = test?.Accuracy,
            TestLoss = test?.Loss,
            TestImages = _ready[0].TestImages,
            Replicas = _replicas.Count,
            Devices = [.. _ready.Select(ready => ready.Device)],
            ImagesPerSecond = RunPace.Rate(_progress.Epochs),
            Seconds = Seconds,
            Classes = _ready[0].Classes,
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
        .. _ready[0].Warnings,
        .. _plans.SelectMany(plan => plan.Warnings).Distinct(),
    ];
}
