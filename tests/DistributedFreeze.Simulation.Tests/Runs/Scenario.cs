using DistributedFreeze.Grains.Coordination;
using DistributedFreeze.Grains.Devices;
using DistributedFreeze.Grains.Epochs;
using DistributedFreeze.Grains.Telemetry;
using DistributedFreeze.Runs;
using DistributedFreeze.Simulation.Cluster;
using DistributedFreeze.Simulation.World;

namespace DistributedFreeze.Simulation.Runs;

/// <summary>One run of one cluster, with everything that befalls them: all of it follows from a seed.</summary>
internal sealed class Scenario : IDisposable
{
    /// <summary>Well above what the store, the disk and the leases ask for, one after the other.</summary>
    private static readonly TimeSpan LongestEnd = TimeSpan.FromMinutes(30);

    private readonly SimWorld _world;
    private readonly SimLog _log;
    private readonly SimRun _run;
    private readonly SimCluster _cluster;
    private readonly SimSilo _client;
    private readonly Watcher _watcher;
    private readonly Faults _faults;
    private readonly TemporaryFolder _folder = new();

    private readonly bool _inPieces;

    public Scenario(int seed, RunTelemetry telemetry, QueueMetrics queue, SimFault fault = SimFault.None, bool inPieces = false)
    {
        Seed = seed;
        _inPieces = inPieces;
        _world = new(seed);
        _run = new(_folder.In("out"), replicas: _world.Random.Next(1, 5), testsAtTheEnd: _world.Chance(0.7));
        _log = new(_world);
        _cluster = new(_world, _run, telemetry, queue, _log) { Fault = fault, CheckpointInterval = TimeSpan.FromSeconds(_world.Chance(0.5) ? 4 : 12) };
        _client = new(_cluster, number: 100_000, slots: 0);
        _watcher = new(_world, _cluster, _log);
        _faults = new(_world, _cluster, _client, _log);
    }

    public int Seed { get; }

    /// <summary>Plays it to its end.</summary>
    public Outcome Play()
    {
        _cluster.Store.Put(SimCatalogue.Key, System.Collections.Immutable.ImmutableSortedSet.Create(SimRun.Id));
        _cluster.Store.Put($"{SimRun.Id}/run", new RunRecord { Submission = new(_run.Spec, Resume: false), State = RunState.Queued, SubmittedAt = DateTimeOffset.UnixEpoch, PauseAfterEpoch = _inPieces ? 1 : null });
        _watcher.Begin(_client);
        _faults.Begin();
        if (_inPieces)
        {
            _watcher.ExpectsPauses = true;
            _faults.ResumeAfterEachEpoch();
        }

        try
        {
            if (!_world.RunUntil(() => _watcher.HasSeenTheEnd, _faults.Until + LongestEnd))
            {
                _world.Violate($"the run has not ended; the last event is {_watcher.Events.LastOrDefault()?.GetType().Name ?? "none"}");
            }

            Check();
        }
        catch (Exception reason)
        {
            _world.Violate(reason.ToString()); // nothing may come out of a turn
        }

        return new(Seed, (_watcher.Events.LastOrDefault() as RunEvent.Ended)?.State, _world.Violation, _world.Steps, _watcher.StepsLost, _world.Now, [.. _log.Lines.Select(line => line.Replace(_folder.Path, "", StringComparison.Ordinal))]);
    }

    public void Dispose() => _folder.Dispose();

    private void Check()
    {
        if (_world.Violation is not null)
        {
            return;
        }

        CheckEnd();
        CheckDevices();
        CheckEvents();
        CheckFolder();
    }

    private void CheckEnd()
    {
        var ended = (RunEvent.Ended)_watcher.Events[^1];
        var record = (RunRecord)_cluster.Store.Peek($"{SimRun.Id}/run")!;
        if (record.State != ended.State)
        {
            _world.Violate($"{ended.State} was told, and {record.State} is stored");
        }

        var (model, losses, test) = _run.Undisturbed();
        switch (ended.State)
        {
            case RunState.Succeeded when record.Receipt is not { } receipt:
                _world.Violate("a run that succeeded has no receipt");
                break;
            case RunState.Succeeded when (record.Receipt.ModelSha256, record.Receipt.TestLoss) != (model, test) || !record.Receipt.TrainLoss.SequenceEqual(losses):
                _world.Violate($"the run ended with other weights or losses than undisturbed: {record.Receipt.ModelSha256}, not {model}");
                break;
            case RunState.Succeeded when !Stored(record).SequenceEqual(record.Receipt.Epochs):
                _world.Violate($"{Stored(record).Count()} epochs are stored as they were not, of {record.Receipt.Epochs.Length}");
                break;
            case RunState.Succeeded:
            case RunState.Cancelled when _faults.HasCancelled:
            case RunState.Failed when IsHonest(ended.Reason!):
                break;
            default:
                _world.Violate($"the run ended as {ended.State}: {ended.Reason}");
                break;
        }
    }

    /// <summary>The epochs that another coordinator would find, in pages and in the record.</summary>
    private IEnumerable<EpochResult> Stored(RunRecord record) => Enumerable.Range(0, record.Progress.EpochsBefore / SimCluster.EpochsOfPage)
        .SelectMany(page => ((EpochPage)_cluster.Store.Peek($"{SimRun.Id}/epochs-{page}")!).Epochs)
        .Concat(record.Progress.Epochs);

    /// <summary>Silos that die again and again before anything is done, and a pause whose checkpoint has no room.</summary>
    private static bool IsHonest(string reason) =>
        reason.StartsWith("The run was given up", StringComparison.Ordinal) || reason.StartsWith("The run was asked to stop, and its checkpoint", StringComparison.Ordinal);

    private void CheckDevices()
    {
        bool AreFree() => _cluster.Up.TrueForAll(silo => silo.Replicas.All(replica => replica.RunId is null));
        if (!_world.RunUntil(AreFree, _world.Now + TimeSpan.FromSeconds(100)) && _world.Violation is null)
        {
            _world.Violate($"devices are not given back: {string.Join(", ", _cluster.Up.SelectMany(silo => silo.Replicas).Where(replica => replica.RunId is not null).Select(replica => replica.Device))}");
        }
    }

    /// <summary>What was told is never taken back: somebody who comes late reads the same.</summary>
    private void CheckEvents()
    {
        var late = new Watcher(_world, _cluster);
        _cluster.Told = null;
        late.Begin(_client);
        if (!_world.RunUntil(() => late.HasSeenTheEnd, _world.Now + TimeSpan.FromMinutes(5)) || !late.Events.SequenceEqual(_watcher.Events))
        {
            _world.Violate("somebody who comes late does not read what was told before");
        }
    }

    private void CheckFolder()
    {
        var left = Directory.Exists(_run.Spec.Output) ? Directory.EnumerateFiles(_run.Spec.Output).Select(Path.GetFileName).ToHashSet() : [];
        if (left.Any(file => file!.EndsWith(".tmp", StringComparison.Ordinal)))
        {
            _world.Violate("a part of a file is left behind");
        }

        if (_watcher.Events[^1] is RunEvent.Ended { State: RunState.Succeeded } && !left.SetEquals(["receipt.json", "model.safetensors", "log.txt"]) && !left.SetEquals(["receipt.json", "model.safetensors"]))
        {
            _world.Violate($"the output folder of a run that succeeded holds {string.Join(", ", left)}");
        }
    }
}

/// <summary>How a scenario ended.</summary>
/// <param name="Seed">What it was played from.</param>
/// <param name="State">How the run ended; null where it did not.</param>
/// <param name="Violation">What was wrong; null where nothing was.</param>
/// <param name="Turns">Turns of processes that it took.</param>
/// <param name="StepsLost">Steps that were told as done, and done again.</param>
/// <param name="Lasted">Its time.</param>
/// <param name="Lines">What happened.</param>
internal sealed record Outcome(int Seed, RunState? State, string? Violation, long Turns, int StepsLost, TimeSpan Lasted, IReadOnlyList<string> Lines)
{
    /// <summary>All that helps to find out why.</summary>
    public string Story => string.Join(Environment.NewLine, [$"seed {Seed}: {Violation ?? State?.ToString()}", .. Lines]);
}
