using System.Collections.Immutable;
using DistributedFreeze.Replicas;

namespace DistributedFreeze.Coordination.Positions;

/// <summary>The steps of a window that are done, so that a window that breaks is worth what it came to.</summary>
internal sealed class StepLog
{
    private readonly ImmutableArray<float>.Builder _losses = ImmutableArray.CreateBuilder<float>();
    private readonly ImmutableArray<int>.Builder _correct = ImmutableArray.CreateBuilder<int>();
    private readonly ImmutableArray<int>.Builder _samples = ImmutableArray.CreateBuilder<int>();
    private long _computed;
    private long _read;

    /// <summary>What the steps came to; null for none.</summary>
    public WindowReport? Report => _losses.Count == 0 ? null : new()
    {
        Losses = _losses.ToImmutable(),
        Correct = _correct.ToImmutable(),
        Samples = _samples.ToImmutable(),
        Stopped = false,
        Times = default,
        FeaturesComputed = _computed,
        FeaturesRead = _read,
    };

    /// <summary>Forgets the last window.</summary>
    public void Clear()
    {
        _losses.Clear();
        _correct.Clear();
        _samples.Clear();
        (_computed, _read) = (0, 0);
    }

    /// <summary>Takes note of a step whose weights are applied.</summary>
    public void Add(float loss, int correct, int samples, long computedSoFar, long readSoFar)
    {
        _losses.Add(loss);
        _correct.Add(correct);
        _samples.Add(samples);
        (_computed, _read) = (computedSoFar, readSoFar);
    }
}
