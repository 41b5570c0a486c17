using System.Collections.Immutable;
using DistributedFreeze.Coordination.Positions;
using DistributedFreeze.Data;
using DistributedFreeze.Data.Runs;
using DistributedFreeze.Errors;
using DistributedFreeze.Exchange;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Replicas;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Advice;

/// <summary>The first epochs of a run, trained by replicas of this process with no file written: the same steps to the same bits as a run of its own.</summary>
/// <remarks>Nothing can be lost that is not lost whole, so it needs no driver. Not thread-safe, but one thread after another may use it.</remarks>
internal sealed class ShortRun : IDisposable
{
    private const int Generation = 1;

    private readonly RunWorkspace _workspace;
    private readonly RunDefinition _run;
    private readonly ImmutableArray<ReplicaWorker> _workers;
    private RunProgress _progress = new();
    private SharedMemoryExchange? _exchange;
    private int? _entered;

    /// <param name="workspace">The run's; becomes this object's.</param>
    /// <param name="device">Where to train.</param>
    /// <param name="replicas">Replicas, 1 up to the run's shards; they change nothing but the time.</param>
    public ShortRun(RunWorkspace workspace, Device device, int replicas)
    {
        _workspace = workspace;
        _run = workspace.Run;
        _workers = [.. Enumerable.Range(0, replicas).Select(_ => new ReplicaWorker(workspace, device))];
        var shards = Enumerable.Range(0, _run.Spec.Shards).ToLookup(shard => shard * replicas / _run.Spec.Shards);
        ImmutableArray<GroupMember> members = [.. Enumerable.Range(0, replicas).Select(member => new GroupMember("here", null, [.. shards[member]]))];
        foreach (var (member, worker) in _workers.Index())
        {
            worker.Join(new() { Generation = Generation, Member = member, Members = members, Key = [] });
        }
    }

    /// <summary>Mean loss of the last epoch's training images, each as its step met it.</summary>
    public double TrainLoss => _progress.Epochs[^1].TrainLoss;

    /// <summary>Trains all earlier phases and so many epochs of the last one, as far as that is not done yet.</summary>
    /// <param name="epochs">Epochs of the last phase, 1 up to as many as it has.</param>
    /// <param name="done">Told after each epoch of the last phase.</param>
    /// <param name="cancellationToken">Breaks it off after a step, for good.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="RunFailedException">The loss is no number.</exception>
    public void TrainTo(int epochs, Action done, CancellationToken cancellationToken)
    {
        using var stop = cancellationToken.Register(() =>
        {
            foreach (var worker in _workers)
            {
                worker.RequestStop();
            }
        });
        var last = _run.Spec.Phases.Length - 1;
        for (var phase = _progress.Phase; phase <= last; phase++)
        {
            Enter(phase);
            while (_progress.Epoch < (phase == last ? epochs : _run.Spec.Phases[phase].Epochs))
            {
                TrainEpoch(phase, cancellationToken);
                if (phase == last)
                {
                    done();
                }
            }

            if (phase < last)
            {
                EndPhase();
            }
        }
    }

    /// <summary>What it says of the images that it was not trained on.</summary>
    public ImmutableArray<Answer> Judge()
    {
        var images = _run.Data.Validation;
        var parts = new ImmutableArray<Answer>[_workers.Length];
        OnEach(member =>
        {
            var (first, end) = (images.Length * member / parts.Length, images.Length * (member + 1) / parts.Length);
            var part = images[first..end];
            var (answers, losses) = _workers[member].Score(part);
            parts[member] = [.. part.Select((image, i) => new Answer(image.Class, answers[i], losses[i]))];
        });
        return [.. parts.SelectMany(part => part)];
    }

    public void Dispose()
    {
        foreach (var worker in _workers)
        {
            worker.Dispose();
        }

        _exchange?.Dispose();
        _workspace.Dispose();
    }

    private void Enter(int phase)
    {
        if (_entered == phase)
        {
            return;
        }

        var mask = _run.Masks[phase];
        foreach (var worker in _workers)
        {
            worker.BeginPhase(new() { Phase = phase, MaskVersion = mask.Version, MaskHash = mask.Hash, Progress = _progress, Generation = Generation, Preprocessing = _workspace.Preprocessing.Taken });
        }

        _exchange?.Dispose();
        _exchange = new(new ShardTree(_run.Spec.Shards), _workers.Length, _workers[0].ExchangeLength);
        _entered = phase;
    }

    private void EndPhase()
    {
        foreach (var worker in _workers)
        {
            worker.EndPhase(new(_progress, Generation));
        }

        _progress = RunCursor.AfterPhase(RunCursor.AfterLastEpoch(_progress));
    }

    /// <summary>Trains the next step of the first phase.</summary>
    /// <param name="cancellationToken">Breaks it off before the step.</param>
    /// <returns>Mean loss of the step's images, as it met them.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="RunFailedException">The loss is no number.</exception>
    public double TrainStep(CancellationToken cancellationToken)
    {
        Enter(phase: 0);
        var report = Train(phase: 0, steps: 1, cancellationToken);
        return report.Losses[0] / report.Samples[0];
    }

    private void TrainEpoch(int phase, CancellationToken cancellationToken) => Train(phase, _run.Schedule.StepsPerEpoch, cancellationToken);

    private WindowReport Train(int phase, int steps, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var order = new WindowOrder { Phase = phase, Epoch = _progress.Epoch, FirstStep = _progress.Step, Steps = steps, Progress = _progress, Generation = Generation };
        var reports = new WindowReport?[_workers.Length];
        OnEach(member => reports[member] = RunWindow(member, order));
        if (reports[0] is not { Stopped: false } report)
        {
            throw new OperationCanceledException(cancellationToken);
        }

        _progress = WindowTally.Add(_progress, report);
        if (_progress.Step < _run.Schedule.StepsPerEpoch)
        {
            return report;
        }

        _progress = RunCursor.AfterEpoch(
            _progress,
            new()
            {
                Phase = phase,
                Epoch = _progress.Epoch,
                TrainLoss = _progress.LossSum / _progress.Samples,
                TrainAccuracy = (double)_progress.Correct / _progress.Samples,
                Seconds = 0,
                ImagesPerSecond = 0,
            },
            _run.Spec.Phases[phase]);
        return report;
    }

    /// <returns>Null where another replica has failed, which says why.</returns>
    private WindowReport? RunWindow(int member, WindowOrder order)
    {
        try
        {
            return _workers[member].RunWindow(order, _exchange!.Seat(member), CancellationToken.None);
        }
        catch (ExchangeBrokenException)
        {
            return null;
        }
        catch
        {
            _exchange!.Break(); // the others would wait for it for ever
            throw;
        }
    }

    /// <summary>Each replica on a thread of its own, since torch's modes and number of threads belong to one.</summary>
    private void OnEach(Action<int> work) => OwnThreads.For(
        _workers.Length,
        _workers.Length,
        "short-run",
        member =>
        {
            set_num_threads(_run.Spec.ThreadsPerReplica);
            work(member);
        },
        CancellationToken.None);
}
