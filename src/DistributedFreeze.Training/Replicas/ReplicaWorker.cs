using System.Collections.Immutable;
using DistributedFreeze.Coordination.Groups;
using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Coordination.Positions;
using DistributedFreeze.Data;
using DistributedFreeze.Data.Runs;
using DistributedFreeze.Errors;
using DistributedFreeze.Exchange;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Checkpoints;
using DistributedFreeze.Training.Models;
using DistributedFreeze.Training.Steps;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Replicas;

/// <summary>One replica: its network, and the phase it is in.</summary>
/// <remarks>Every member but <see cref="RequestStop"/> belongs to the replica's device thread and is synchronous.</remarks>
internal sealed class ReplicaWorker : IDisposable
{
    private readonly RunWorkspace _workspace;
    private readonly RunDefinition _run;
    private readonly Device _device;
    private readonly BaseWeights _base;
    private readonly ReplicaStanding _standing;
    private NetworkState _network;
    private GroupOrder? _group;
    private PhaseTrainer? _phase;
    private ConstantWeights? _constants;
    private volatile bool _stopRequested;

    /// <param name="workspace">What the replicas of this process share; outlives this object.</param>
    /// <param name="device">Where to compute.</param>
    /// <exception cref="InvalidInputException">The weights file cannot be used.</exception>
    public ReplicaWorker(RunWorkspace workspace, Device device)
    {
        using var scope = NewDisposeScope();
        _ = ComputeForm.Of(workspace.Run.Spec.Precision, device); // before anything is loaded there
        _workspace = workspace;
        _run = workspace.Run;
        _device = device;
        _base = workspace.Weights.On(device);
        _standing = new(_run.Spec.Phases, _run.Schedule.StepsPerEpoch);
        _network = NewNetwork();
    }

    /// <summary>What was loaded.</summary>
    public ReplicaReady Ready => new()
    {
        Device = _device.ToString(),
        DeviceClass = DeviceDiscovery.ClassOf(_device.ToString()),
        DataHash = _run.Data.Hash,
        BaseHash = _base.Sha256,
        Classes = _run.Data.Classes,
        TrainImages = _run.Data.Train.Length,
        ValidationImages = _run.Data.Validation.Length,
        TestImages = _run.Data.Test.Length,
        Preprocessing = _workspace.Preprocessing.Choice,
        Warnings = [.. DataWarnings.Of(_run.Data, ClassWeights.AreGiven(_run.Spec)), .. _base.Warnings, .. _workspace.Preprocessing.Warning is { } warning ? [warning] : Array.Empty<string>(), .. ReplicaPlatform.Warnings(_run.Spec, _device, _workspace.Features.Engines.On)],
        LayerHashes = _base.LayerHashes.AddRange(_base.StatisticsHashes),
        Parent = _workspace.Weights.Parent,
        BroadcastPieces = StateBroadcast.PiecesOf(_run),
        Platform = ReplicaPlatform.Of(_run.Spec, _device, _run.HasAnyPrefix ? _workspace.Features.Engines.IdOn(_device) : null), // ONNX Runtime may be missing where nothing is frozen
    };

    /// <summary>The phase it is in, from 0; null before the first.</summary>
    public int? Phase => _phase?.Index;

    /// <summary>The run's spec.</summary>
    public RunSpec Spec => _run.Spec;

    /// <summary>Where it stands, and the hash of what it holds there; null where it holds no state of the run.</summary>
    public ReplicaPosition? Report()
    {
        using var scope = NewDisposeScope();
        return _phase is { } phase ? _standing.Claim(() => phase.StateHash) : null;
    }

    /// <summary>The fewest replicas that are predicted to be fastest; may measure for a second or two.</summary>
    public int SuggestReplicas()
    {
        using var scope = NewDisposeScope();
        return _workspace.Forecast.SuggestReplicas(_device);
    }

    /// <inheritdoc cref="IReplica.JoinAsync"/>
    public void Join(GroupOrder order)
    {
        _group = order;
        _stopRequested = false; // who orders this knows what was asked; a stop of a coordinator that is gone may come late
        _phase?.Compute(order.Members[order.Member].Shards);
    }

    /// <inheritdoc cref="IReplica.BeginPhaseAsync"/>
    public MaskAcknowledgement BeginPhase(PhaseOrder order)
    {
        using var scope = NewDisposeScope();
        var group = _group ?? throw new InvalidOperationException("The replica is in no group.");
        var mask = _run.Masks[order.Phase];
        if (mask.Version != order.MaskVersion || mask.Hash != order.MaskHash)
        {
            throw new MaskMismatchException(
                $"Replica {group.Member} holds mask {mask.Version} ({mask.Hash[..12]}) for phase {order.Phase + 1}; the run has mask "
                + $"{order.MaskVersion} ({order.MaskHash[..Math.Min(12, order.MaskHash.Length)]}). Silos of one version and one spec hold the same mask.");
        }

        RequireAhead(order.Generation, order.Progress, ReplicaWork.Entry);
        _workspace.Preprocessing.Prepare(order.Preprocessing);
        var entry = _standing.Leave(order.Progress);
        _phase?.Dispose();
        _phase = null;
        if (entry != PhaseEntry.Keeps)
        {
            // What it trained, perhaps in a later phase, is none of this phase's, and a checkpoint overwrites only what it holds.
            _network.Dispose();
            _network = NewNetwork();
        }

        _phase = new(_workspace, order.Phase, group.Members.Length, _network, _device, _standing);
        _standing.Enter(order.Phase, entry, order.Progress);
        _constants = new(_network);
        _phase.Compute(group.Members[group.Member].Shards);
        return new() { MaskVersion = mask.Version, MaskHash = mask.Hash, Prediction = _phase.Prediction };
    }

    /// <summary>Elements of the vector that a step of the current phase exchanges.</summary>
    public int ExchangeLength => Trainer.Layout.ExchangeLength;

    /// <inheritdoc cref="ReplicaStanding.RequireAhead"/>
    public void RequireAhead(int generation, RunProgress place, ReplicaWork work) => _standing.RequireAhead(generation, place, work);

    /// <inheritdoc cref="IReplica.RunWindowAsync"/>
    public WindowReport RunWindow(WindowOrder order, IStepExchange exchange, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        return Trainer.RunWindow(order, exchange, () => _stopRequested, cancellationToken);
    }

    /// <inheritdoc cref="IReplica.EvaluateAsync"/>
    public EvaluationReport Evaluate(EvaluationSplit split, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        return Trainer.Evaluate(split, () => _stopRequested || cancellationToken.IsCancellationRequested) with { StateNumber = _standing.Number };
    }

    /// <summary>Scores images of any split with the weights as they are, one by one.</summary>
    /// <param name="images">The images.</param>
    /// <returns>The class that each of them is said to be of, and its loss.</returns>
    internal (int[] Answers, double[] Losses) Score(ImmutableArray<LabelledImage> images)
    {
        using var scope = NewDisposeScope();
        return Trainer.Score(images);
    }

    /// <inheritdoc cref="PhaseTrainer.Differentiate"/>
    internal void Differentiate(int steps, ShardGradientTaker take, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        Trainer.Differentiate(steps, take, cancellationToken);
    }

    /// <summary>The parameters that train in the current phase, in the order of its layout, in host memory; on a GPU a copy.</summary>
    internal (ParameterLayout Layout, float[] Values) Parameters()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        return (Trainer.Layout, _network.Trainable!.Parameters.cpu().data<float>().ToArray());
    }

    /// <inheritdoc cref="IReplica.EndPhaseAsync"/>
    public void EndPhase(EndPhaseOrder order)
    {
        using var scope = NewDisposeScope();
        _standing.RequireFor(order.Progress);
        Trainer.KeepBest(order.Progress);
        Trainer.Interrupt();
        _standing.LetGo();
        Trainer.End(BestSoFar.IsNeeded(order.Progress, _run.Spec.Phases));
        _standing.GoOnFrom(RunCursor.AfterLastEpoch(order.Progress));
    }

    /// <inheritdoc cref="IReplica.SaveCheckpointAsync"/>
    public void SaveCheckpoint(CheckpointOrder order)
    {
        using var scope = NewDisposeScope();
        var progress = CheckpointProgress.Parse(order.Progress, order.Path);
        _standing.RequireFor(progress);
        Trainer.KeepBest(progress);
        CheckpointFile.Write(order.Path, Stamp(order.Progress), _network.TrainedTensors(), Trainer.OptimizerState, Trainer.Best.Vectors, () => RequireUnfinishedRun(order.Path));
    }

    /// <summary>A process that was stopped in the middle of writing may wake when others have ended its run: what it wrote is nobody's then.</summary>
    /// <exception cref="ReplicaLostException">The run has its receipt beside the checkpoint.</exception>
    private static void RequireUnfinishedRun(string checkpoint)
    {
        if (File.Exists(new OutputFolder(Path.GetDirectoryName(Path.GetFullPath(checkpoint))!).Receipt))
        {
            throw new ReplicaLostException("Its run has ended meanwhile, and needs no checkpoint.");
        }
    }

    /// <inheritdoc cref="IReplica.LoadCheckpointAsync"/>
    public void LoadCheckpoint(string path)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var checkpoint = CheckpointFile.Open(path);
        checkpoint.CheckStamp(Stamp(checkpoint.Stamp.Progress));
        var progress = CheckpointProgress.Parse(checkpoint.Stamp.Progress, path);
        RequireAhead(_group!.Generation, progress, ReplicaWork.Entry);
        Trainer.Interrupt();
        _standing.LetGo();
        checkpoint.Restore(_network, Trainer.OptimizerState, _device);
        _constants = new(_network);
        if (BestSoFar.IsNeeded(progress, _run.Spec.Phases))
        {
            Trainer.Best.Take(checkpoint.RestoreBest);
        }
        else
        {
            Trainer.Best.Drop();
        }

        _standing.GoOnFrom(progress);
    }

    /// <inheritdoc cref="IReplica.BroadcastStateAsync"/>
    public string BroadcastState(BroadcastOrder order, IStepExchange exchange, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var isRoot = _group!.Member == order.Root;
        var takes = _standing.BeginBroadcast(order, isRoot);
        var needsBest = BestSoFar.IsNeeded(order.Progress, _run.Spec.Phases);
        if (takes)
        {
            Trainer.Interrupt();
            Trainer.Best.Drop();
        }
        else
        {
            Trainer.KeepBest(order.Progress);
        }

        Trainer.Broadcast(exchange, isRoot, takes, needsBest, cancellationToken);
        if (takes)
        {
            _constants = new(_network);
            _standing.GoOnFrom(order.Progress);
        }

        return Trainer.HashWith(needsBest);
    }

    /// <inheritdoc cref="IReplica.HashFrozenAsync"/>
    public ImmutableSortedDictionary<string, string> HashFrozen()
    {
        using var scope = NewDisposeScope();
        var layers = _run.Table.Layers.Where(layer => layer.HasParameters).ToLookup(layer => PhasesThatTrain(layer).Any());
        var hashes = _base.Hash(
        [
            .. layers[false].Select(layer => layer.Name),
            .. layers[true]
                .Where(layer => layer.Statistics > 0 && PhasesThatTrain(layer).All(phase => phase.BatchNorm == BatchNormMode.Inference))
                .Select(layer => StatisticsName.Of(layer.Name)),
        ]);
        RequireConstants(hashes);
        return hashes;
    }

    /// <summary>Features computed with damaged weights must serve no other run, and what was trained since then must not be used.</summary>
    /// <exception cref="RunFailedException">A layer that an earlier phase trained has changed.</exception>
    private void RequireConstants(ImmutableSortedDictionary<string, string> hashes)
    {
        var loaded = _base.LayerHashes.AddRange(_base.StatisticsHashes);
        var changed = _constants?.Changed() ?? [];
        if (!changed.IsEmpty || hashes.Any(layer => layer.Value != loaded[layer.Key]))
        {
            _phase?.DiscardFeatures();
        }

        if (!changed.IsEmpty)
        {
            throw FrozenDrift.Of($"replica {_group?.Member} ({_group?.Members[_group.Member].Silo}, {_device})", changed);
        }
    }

    /// <inheritdoc cref="IReplica.SaveModelAsync"/>
    public ModelReport SaveModel(string? path)
    {
        using var scope = NewDisposeScope();
        var tensors = _network.ChangedTensors();
        var (sha256, bytes) = path is null
            ? (StateHash.Of(tensors), 0)
            : ModelFile.Write(path, _base.Sha256, _workspace.Weights.Parent, _run, _workspace.Preprocessing.Taken, tensors);
        return new(sha256, bytes) { StateNumber = _standing.Number };
    }

    /// <summary>Asks for the window or evaluation in flight, or the next one, to end early. Thread-safe.</summary>
    public void RequestStop() => _stopRequested = true;

    /// <inheritdoc/>
    public void Dispose()
    {
        _phase?.Dispose();
        _network.Dispose();
    }

    /// <summary>The phases so far in which a layer is open.</summary>
    private IEnumerable<PhaseSpec> PhasesThatTrain(Layer layer) =>
        _run.Spec.Phases.Take(PhaseIndex + 1).Where((_, phase) => _run.Masks[phase].Trainable[layer.Index]);

    private NetworkState NewNetwork() => NetworkState.Create(_base, _run.Head, _run.Spec.Model.Head.Init, _run.Spec.Seed, _device, _workspace.InheritedHead);

    private PhaseTrainer Trainer => _phase ?? throw new InvalidOperationException("The replica has not entered a phase.");

    private int PhaseIndex => _phase?.Index ?? -1;

    private CheckpointStamp Stamp(string progress) => new()
    {
        SpecKey = _workspace.SpecKey,
        DataHash = _run.Data.Hash,
        BaseHash = _base.Sha256,
        ParentHash = _workspace.Weights.Parent?.ReceiptSha256 ?? "",
        Phase = PhaseIndex,
        MaskHash = _run.Masks[PhaseIndex].Hash,
        Progress = progress,
    };
}
