using System.Collections.Immutable;
using DistributedFreeze.Data;
using DistributedFreeze.Data.Bases;
using DistributedFreeze.Data.Memory;
using DistributedFreeze.Errors;
using DistributedFreeze.Inference.Runtime;
using DistributedFreeze.Runs;
using DistributedFreeze.Sweeps;
using DistributedFreeze.Training.Advice;
using DistributedFreeze.Training.Native;
using DistributedFreeze.Training.Replicas;
using TorchSharp;

namespace DistributedFreeze.Training.Sweeps;

/// <summary>Trains runs that differ in a few fields over one pass of their images through the frozen base, and stops those that lag behind.</summary>
/// <remarks>
/// <para>
/// Everything follows from the specs and the content of the images: a trial has the bits of a run of its own, and which ones are stopped does not depend on replicas, processors or
/// time. Trials train side by side, whatever number of replicas their specs say. Nothing is written but features. One sweep per object.
/// </para>
/// </remarks>
public sealed class Sweeper
{
    /// <summary>Share of the memory that networks may take which wait for the next comparison.</summary>
    private const int MemoryDivisor = 4;

    private readonly SweeperRequest _request;
    private readonly Action<SweepProgress> _progress;
    private readonly TimeProvider _time;
    private readonly Lock _telling = new();
    private readonly TrialResult[] _results;
    private readonly TrialRun?[] _held;
    private int _epochs;
    private int _allEpochs;

    /// <param name="request">What is asked.</param>
    /// <param name="progress">Told how far it is, from any thread, one call after another.</param>
    /// <param name="time">The clock; null for the system's.</param>
    public Sweeper(SweeperRequest request, Action<SweepProgress> progress, TimeProvider? time = null)
    {
        (_request, _progress, _time) = (request, progress, time ?? TimeProvider.System);
        _results = [.. request.Trials.Select((_, i) => request.Known.IsEmpty ? new TrialResult() : request.Known[i])];
        _held = new TrialRun?[_results.Length];
    }

    /// <summary>What is known of every trial by now. Thread-safe.</summary>
    public ImmutableArray<TrialResult> Results
    {
        get
        {
            lock (_telling)
            {
                return [.. _results];
            }
        }
    }

    /// <summary>Finds out; on the calling thread and some of its own.</summary>
    /// <param name="cancellationToken">Breaks it off: what is known by then is returned.</param>
    /// <returns>What is known of every trial; one that still waits shows that it was broken off.</returns>
    /// <exception cref="InvalidInputException">Data or weights cannot be used, or there are no validation images.</exception>
    /// <exception cref="TrialInputsChangedException">What is known was found out with other images or weights; nothing is trained.</exception>
    /// <exception cref="LibTorchException">libtorch is missing or broken.</exception>
    /// <exception cref="InferenceException">The prefix engine cannot be had.</exception>
    public ImmutableArray<TrialResult> Run(CancellationToken cancellationToken)
    {
        LibTorch.EnsureLoaded();
        try
        {
            Run(new TrialHomes([.. _request.Trials.Select(Kept)]), cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // What is known stays known.
        }

        return [.. _results];
    }

    private void Run(TrialHomes homes, CancellationToken cancellationToken)
    {
        using var owned = homes;
        try
        {
            RequireInputs(homes, cancellationToken);
            Compare(homes, cancellationToken);
        }
        finally
        {
            for (var i = 0; i < _held.Length; i++)
            {
                Free(i); // before the home that it belongs to
            }
        }
    }

    /// <summary>Before anything trains, all data and weights can be used; and scores are compared of the same images and weights alone.</summary>
    private void RequireInputs(TrialHomes homes, CancellationToken cancellationToken)
    {
        var trials = _request.Trials;
        var firsts = Enumerable.Range(0, trials.Length).DistinctBy(i => (trials[i].Data.Path, RunBases.FileOf(trials[i].Model), trials[i].From)).ToHashSet();
        foreach (var home in Enumerable.Range(0, trials.Length).GroupBy(homes.HomeOf).Where(home => home.Any(i => _results[i].Inputs is not null || firsts.Contains(i))).Reverse()) // the first stays open
        {
            var found = homes.Load(home.First(), cancellationToken).Inputs;
            foreach (var i in home.Where(i => _results[i].Inputs is { } known && known != found))
            {
                throw new TrialInputsChangedException(i, _results[i].Inputs!, found);
            }
        }
    }

    private void Compare(TrialHomes homes, CancellationToken cancellationToken)
    {
        var lengths = _request.Trials.Select(trial => trial.Phases.Sum(phase => phase.Epochs)).ToList();
        List<int> alive = [.. Enumerable.Range(0, _results.Length)];
        _allEpochs = EpochsLeft(lengths);
        foreach (var rung in Rungs.Of(_request.Halving, lengths.Max()))
        {
            Train(homes, alive, rung, cancellationToken);
            var promoted = Rungs.GoOn(_request.Metric, [.. alive.Select(i => (_results[i], _request.Trials[i].Phases))], rung, _request.Halving!.Factor).Select(place => alive[place]).ToList();
            foreach (var i in alive.Except(promoted))
            {
                Stop(i);
            }

            alive = promoted;
        }

        Train(homes, alive, int.MaxValue, cancellationToken);
    }

    /// <summary>Trains trials up to some epochs, home by home.</summary>
    private void Train(TrialHomes homes, List<int> trials, int epochs, CancellationToken cancellationToken)
    {
        foreach (var group in trials.Where(i => !_results[i].IsOver && _results[i].Epochs.Length < epochs).GroupBy(homes.HomeOf))
        {
            List<int> members = [.. group];
            var device = ReplicaDevice.For(homes.SpecOf(members[0]));
            var home = homes.Open(members, device, (done, all) => Tell(() => new(SweepStage.Images, done, all, [.. _results])), cancellationToken);
            var isHeld = homes.Count == 1 && epochs < int.MaxValue && FitsInMemory(homes, trials);
            var (sideBySide, replicas) = Divide(homes, members, device);
            OwnThreads.For(members.Count, sideBySide, "trial", place => Train(new(home, homes.SpecOf(members[place]), device, replicas), members[place], epochs, isHeld, cancellationToken), cancellationToken);
        }
    }

    private void Train(TrialPlace place, int i, int epochs, bool isHeld, CancellationToken cancellationToken)
    {
        var began = _time.GetTimestamp();
        var before = _results[i].Seconds;
        try
        {
            var run = _held[i] ??= new(place.Home.Lend(place.Spec), place.Device, place.Replicas, _time);
            run.TrainTo(epochs, () => Tell(() => new(SweepStage.Trials, Math.Min(++_epochs, _allEpochs), _allEpochs, [.. _results])), cancellationToken);
            Know(i, new() { State = run.ModelSha256 is null ? TrialState.Waiting : TrialState.Finished, Epochs = run.Epochs, ModelSha256 = run.ModelSha256, Inputs = place.Home.Inputs, Seconds = before + Seconds(began) });
        }
        catch (OperationCanceledException)
        {
            if (_held[i] is { } broken && broken.Epochs.Length > _results[i].Epochs.Length)
            {
                Know(i, _results[i] with { Epochs = broken.Epochs, Inputs = place.Home.Inputs, Seconds = before + Seconds(began) });
            }

            throw;
        }
        catch (RunFailedException diverged) when (diverged.IsDivergence)
        {
            Know(i, new() { State = TrialState.Failed, Epochs = _held[i]!.Epochs, Inputs = place.Home.Inputs, Reason = diverged.Message, Seconds = before + Seconds(began) });
        }

        if (!isHeld || _results[i].IsOver)
        {
            Free(i);
        }
    }

    private void Stop(int i)
    {
        if (!_results[i].IsOver)
        {
            Know(i, _results[i] with { State = TrialState.Stopped });
        }

        Free(i);
    }

    private void Know(int i, TrialResult result)
    {
        lock (_telling)
        {
            _results[i] = result;
        }
    }

    private void Free(int i)
    {
        _held[i]?.Dispose();
        _held[i] = null;
    }

    /// <summary>Trials live on kept features: where a run keeps none on disk, they stay in memory.</summary>
    private static RunSpec Kept(RunSpec spec) => spec with { Features = Adviser.Kept(spec.Features) };

    /// <summary>How the processors are divided: among trials first, since replicas of a small head mostly wait for one another, and the rest among the replicas of each.</summary>
    private (int SideBySide, int Replicas) Divide(TrialHomes homes, List<int> trials, torch.Device device)
    {
        var spec = homes.SpecOf(trials[0]);
        var processors = device.type == DeviceType.CPU ? Math.Max(1, Environment.ProcessorCount / spec.ThreadsPerReplica) : 1;
        var room = Room / Math.Max(1, trials.Max(i => Bytes(homes.SpecOf(i))));
        var sideBySide = (int)Math.Clamp(Math.Min(processors, room), 1, trials.Count);
        return (sideBySide, _request.Replicas ?? Math.Clamp(processors / sideBySide, 1, trials.Min(i => homes.SpecOf(i).Shards)));
    }

    /// <summary>Whether all of them can wait in memory; those that cannot begin anew after each comparison.</summary>
    private static bool FitsInMemory(TrialHomes homes, List<int> trials) => trials.Sum(i => (double)Bytes(homes.SpecOf(i))) <= Room;

    private static long Room => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / MemoryDivisor;

    private static long Bytes(RunSpec spec) => MemoryEstimate.Of(spec)?.Memory.BytesOfAnother ?? 0;

    /// <summary>At most, and at least 1.</summary>
    private int EpochsLeft(List<int> lengths) =>
        (int)Math.Min(int.MaxValue, Math.Max(1, Rungs.MostEpochs(_request.Halving, lengths) - _results.Sum(result => (long)result.Epochs.Length)));

    private double Seconds(long began) => _time.GetElapsedTime(began).TotalSeconds;

    private void Tell(Func<SweepProgress> progress)
    {
        lock (_telling)
        {
            _progress(progress());
        }
    }

    /// <summary>Where a trial trains.</summary>
    private readonly record struct TrialPlace(SweepHome Home, RunSpec Spec, torch.Device Device, int Replicas);
}
