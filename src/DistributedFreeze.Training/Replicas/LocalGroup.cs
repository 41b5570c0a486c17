using System.Collections.Immutable;
using DistributedFreeze.Data;
using DistributedFreeze.Data.Runs;
using DistributedFreeze.Errors;
using DistributedFreeze.Exchange;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Steps;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Replicas;

/// <summary>The replicas of a run that this process trains by itself, in memory alone: none of them can be lost without the others.</summary>
/// <remarks>Not thread-safe, but one thread after another may use it.</remarks>
internal sealed class LocalGroup : IDisposable
{
    private const int Generation = 1;

    private readonly RunWorkspace _workspace;
    private readonly RunDefinition _run;
    private readonly ImmutableArray<ReplicaWorker> _workers;
    private SharedMemoryExchange? _exchange;

    /// <param name="workspace">The run's; stays its owner's, and outlives this object.</param>
    /// <param name="device">Where to train.</param>
    /// <param name="replicas">Replicas, 1 up to the run's shards; they change nothing but the time.</param>
    public LocalGroup(RunWorkspace workspace, Device device, int replicas)
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

    /// <summary>How many there are.</summary>
    public int Count => _workers.Length;

    /// <summary>Lets all of them enter a phase.</summary>
    public void BeginPhase(int phase, RunProgress progress)
    {
        var mask = _run.Masks[phase];
        foreach (var worker in _workers)
        {
            worker.BeginPhase(new() { Phase = phase, MaskVersion = mask.Version, MaskHash = mask.Hash, Progress = progress, Generation = Generation, Preprocessing = _workspace.Preprocessing.Taken });
        }

        _exchange?.Dispose();
        _exchange = new(new ShardTree(_run.Spec.Shards), _workers.Length, _workers[0].ExchangeLength);
    }

    /// <summary>Ends the phase with the weights that it keeps.</summary>
    public void EndPhase(RunProgress progress)
    {
        foreach (var worker in _workers)
        {
            worker.EndPhase(new(progress, Generation));
        }
    }

    /// <summary>Takes the next steps of an epoch.</summary>
    /// <param name="progress">Where the run stands.</param>
    /// <param name="steps">How many, all within the epoch.</param>
    /// <param name="cancellationToken">Breaks it off after a step, for good.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="RunFailedException">The loss is no number.</exception>
    public WindowReport RunWindow(RunProgress progress, int steps, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var stop = StopOn(cancellationToken);
        var order = new WindowOrder { Phase = progress.Phase, Epoch = progress.Epoch, FirstStep = progress.Step, Steps = steps, Progress = progress, Generation = Generation };
        var reports = new WindowReport?[_workers.Length];
        OnEach(member => reports[member] = RunWindow(member, order));
        return reports[0] is { Stopped: false } report ? report : throw new OperationCanceledException(cancellationToken);
    }

    /// <summary>Scores the validation images.</summary>
    /// <param name="cancellationToken">Breaks it off, for good.</param>
    /// <returns>A report of each replica's shards.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public ImmutableArray<EvaluationReport> Validate(CancellationToken cancellationToken)
    {
        var reports = new EvaluationReport[_workers.Length];
        OnEach(member => reports[member] = _workers[member].Evaluate(EvaluationSplit.Validation, cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();
        return [.. reports];
    }

    /// <summary>Scores images one by one, each replica a part of them.</summary>
    /// <param name="images">The images.</param>
    /// <returns>The class that each of them is said to be of, and its loss.</returns>
    public (int[] Answers, double[] Losses) Score(ImmutableArray<LabelledImage> images)
    {
        var (answers, losses) = (new int[images.Length], new double[images.Length]);
        OnEach(member =>
        {
            var (first, end) = (images.Length * member / _workers.Length, images.Length * (member + 1) / _workers.Length);
            var (said, lost) = _workers[member].Score(images[first..end]);
            said.CopyTo(answers, first);
            lost.CopyTo(losses, first);
        });
        return (answers, losses);
    }

    /// <summary>Computes the gradients of all shards in the first steps of the phase that it has entered, and applies none.</summary>
    /// <param name="steps">How many steps, up to those of an epoch.</param>
    /// <param name="take">Told of each shard that has images, from several threads.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public void Differentiate(int steps, ShardGradientTaker take, CancellationToken cancellationToken) =>
        OnEach(member => _workers[member].Differentiate(steps, take, cancellationToken));

    /// <inheritdoc cref="ReplicaWorker.Parameters"/>
    public (ParameterLayout Layout, float[] Values) Parameters() => _workers[0].Parameters();

    /// <summary>SHA-256 of the model as it is.</summary>
    public string HashModel() => _workers[0].SaveModel(path: null).Sha256;

    public void Dispose()
    {
        foreach (var worker in _workers)
        {
            worker.Dispose();
        }

        _exchange?.Dispose();
    }

    private CancellationTokenRegistration StopOn(CancellationToken cancellationToken) => cancellationToken.Register(() =>
    {
        foreach (var worker in _workers)
        {
            worker.RequestStop();
        }
    });

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

    /// <summary>Each replica on a thread of its own, since torch's modes and number of threads belong to one; a single one on the caller's, which gets its number back.</summary>
    private void OnEach(Action<int> work)
    {
        if (_workers.Length > 1)
        {
            OwnThreads.For(_workers.Length, _workers.Length, "replica", Work, CancellationToken.None);
            return;
        }

        var threads = get_num_threads();
        try
        {
            Work(0);
        }
        finally
        {
            set_num_threads(threads);
        }

        void Work(int member)
        {
            set_num_threads(_run.Spec.ThreadsPerReplica);
            work(member);
        }
    }
}
