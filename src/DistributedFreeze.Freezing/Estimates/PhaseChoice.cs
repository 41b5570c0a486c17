using System.Collections.Immutable;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Estimates;

/// <summary>Decides phase after phase, knowing what the earlier ones keep.</summary>
internal sealed class PhaseChoice
{
    private readonly MeasuredRates _rates;
    private readonly RunLoad _load;
    private readonly int _replicas;
    private readonly FeatureCacheMode _mode;
    private readonly ImmutableArray<PhaseWork> _work;
    private readonly int?[] _givenBy;
    private readonly HashSet<string> _kept = new(StringComparer.Ordinal);
    private long _taken;
    private bool _keepsLast;

    public PhaseChoice(MeasuredRates rates, RunLoad load, int replicas, FeatureCacheMode mode)
    {
        (_rates, _load, _replicas, _mode) = (rates, load, replicas, mode);
        _work = [.. Enumerable.Range(0, load.Phases.Length).Select(phase => new PhaseWork(rates, load, phase, replicas))];
        _givenBy = new int?[load.Phases.Length];
    }

    /// <summary>Seconds of the test; to be asked for when every phase is decided.</summary>
    public double TestSeconds => Seconds(_work[^1].Test(_keepsLast, BytesPerImage(_work.Length - 1)));

    /// <summary>The phases decided so far for which decoding is too slow.</summary>
    public List<DecodeLimit> DecodeLimits { get; } = [];

    /// <summary>Decides the next phase; to be called with 0, 1, 2 and so on.</summary>
    public PhaseEstimate Next(int phase)
    {
        var load = _load.Phases[phase];
        var work = _work[phase];
        var wanted = Wanted(phase);
        var room = Math.Max(_load.MemoryBytes, _load.DiskBytes) - _taken;
        var exchange = load.Epochs * ExchangeCost.OfEpoch(_load.StepsPerEpoch, load.ExchangeBytes, _replicas);
        var with = Seconds(work.PhaseWithCache(_givenBy[phase], BytesPerImage(phase)));
        var without = Seconds(work.PhaseWithoutCache);
        var facts = new ChoiceFacts
        {
            HasPrefix = _rates.Phases[phase].Prefix is not null,
            Views = _load.Views,
            Epochs = load.Epochs,
            WithCache = with,
            WithoutCache = without,
            LaterSavings = LaterSavings(phase),
            FirstServed = load.Serves.IsEmpty ? null : load.Serves[0],
            GivenBy = _givenBy[phase],
            IsStored = work.Missing(_givenBy[phase]) == 0,
            EpochWithCache = Seconds(work.EpochWithCache) + exchange / load.Epochs,
            EpochWithoutCache = Seconds(work.EpochWithoutCache) + exchange / load.Epochs,
            Fill = Seconds(work.Fill(_givenBy[phase], BytesPerImage(phase))),
            Bytes = wanted.Bytes,
            Room = Math.Max(0, room),
        };
        var keeps = facts.Keeps(_mode);
        _keepsLast = keeps;
        Limit(phase, keeps);
        if (keeps)
        {
            Keep(phase, wanted.Boundaries, facts.Fits ? wanted.Bytes : 0);
        }

        return new()
        {
            Boundary = load.Boundary,
            EpochSecondsWithoutCache = facts.EpochWithoutCache,
            EpochSecondsWithCache = facts.EpochWithCache,
            FillSeconds = facts.Fill,
            CacheBytes = work.Bytes,
            Fits = facts.Fits,
            Keeps = keeps,
            Reason = ChoiceReason.Of(facts, _mode),
            Seconds = (keeps ? with : without) + exchange,
        };
    }

    private void Limit(int phase, bool keeps)
    {
        if (_work[phase].FirstEpoch(keeps, _givenBy[phase], BytesPerImage(phase)).IsDecodingLimit(_replicas, _load.Processors))
        {
            var rates = _rates.Phases[phase];
            DecodeLimits.Add(new(phase, IsLasting: !keeps || _load.Views is null, _rates.Decode, _rates.DecodeThreads, rates.Prefix ?? rates.Tail, rates.Prefix is not null));
        }
    }

    private double Seconds(Work work) => work.On(_replicas, _load.Processors);

    /// <summary>The boundaries that keeping stores and that are not kept yet, and the room that they take.</summary>
    private (ImmutableArray<string> Boundaries, long Bytes) Wanted(int phase)
    {
        var stored = _load.Phases[phase].Serves.Append(phase)
            .Where(other => !_kept.Contains(_load.Phases[other].Boundary))
            .DistinctBy(other => _load.Phases[other].Boundary)
            .ToList();
        return ([.. stored.Select(other => _load.Phases[other].Boundary)], stored.Sum(other => _work[other].Bytes));
    }

    /// <summary>What a computed image writes: a record at the phase's boundary, and at those that its pass gives.</summary>
    private long BytesPerImage(int phase) => _load.Phases[phase].Serves.Append(phase)
        .DistinctBy(other => _load.Phases[other].Boundary)
        .Sum(other => _load.Phases[other].RecordBytes);

    private double LaterSavings(int phase) => _load.Phases[phase].Serves
        .Where(later => _givenBy[later] is null)
        .Sum(later => Best(later, null) - Best(later, phase));

    private double Best(int phase, int? givenBy) => Math.Min(
        Seconds(_work[phase].PhaseWithoutCache), Seconds(_work[phase].PhaseWithCache(givenBy, BytesPerImage(phase))));

    private void Keep(int phase, ImmutableArray<string> boundaries, long bytes)
    {
        _kept.UnionWith(boundaries);
        _taken += bytes;
        foreach (var later in _load.Phases[phase].Serves)
        {
            _givenBy[later] ??= phase;
        }
    }
}
