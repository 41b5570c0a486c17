using System.Collections.Immutable;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Runs;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Sweeps;

/// <summary>The homes of all trials, of which one is open at a time. Not thread-safe.</summary>
internal sealed class TrialHomes : IDisposable
{
    private readonly ImmutableArray<RunSpec> _trials;
    private readonly ImmutableArray<string> _keys;
    private readonly FeatureStores _stores = new();
    private readonly HashSet<string> _seen = [];
    private SweepHome? _open;
    private string? _key;

    /// <param name="trials">The trials, in whose order they are numbered.</param>
    public TrialHomes(ImmutableArray<RunSpec> trials)
    {
        _trials = trials;
        var divided = new Dictionary<string, bool>(StringComparer.Ordinal); // thousand trials of a folder list it once
        _keys = [.. trials.Select(trial => SweepHome.KeyOf(trial, path => divided.TryGetValue(path, out var isDivided) ? isDivided : divided[path] = SweepHome.IsDivided(path)))];
        Count = _keys.Distinct().Count();
    }

    /// <summary>How many homes there are.</summary>
    public int Count { get; }

    /// <summary>A trial's run.</summary>
    public RunSpec SpecOf(int trial) => _trials[trial];

    /// <summary>Which home a trial has.</summary>
    public string HomeOf(int trial) => _keys[trial];

    /// <summary>Reads a home's images and weights in place of those of the one that is open.</summary>
    /// <param name="trial">A trial that has it.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    /// <exception cref="Errors.InvalidInputException">They cannot be used.</exception>
    public SweepHome Load(int trial, CancellationToken cancellationToken)
    {
        var key = _keys[trial];
        if (_key != key)
        {
            _open?.Dispose();
            (_open, _key) = (null, null);
            (_open, _key) = (SweepHome.Load(_trials[trial], _stores, cancellationToken), key);
        }

        return _open!;
    }

    /// <summary>Opens a home in place of the one that is open, and lets its images pass the base the first time.</summary>
    /// <param name="trials">The trials that are to train in it; at least one.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="done">Told how many images have passed, of how many.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    public SweepHome Open(IReadOnlyList<int> trials, Device device, Action<int, int> done, CancellationToken cancellationToken)
    {
        var home = Load(trials[0], cancellationToken);
        if (_seen.Add(_keys[trials[0]]))
        {
            var threads = Math.Max(1, device.type == TorchSharp.DeviceType.CPU ? Environment.ProcessorCount / _trials[trials[0]].ThreadsPerReplica : 1);
            home.Look([.. trials.Select(i => _trials[i])], device, threads, done, cancellationToken);
        }

        return home;
    }

    public void Dispose()
    {
        _open?.Dispose();
        _stores.Dispose();
    }
}
