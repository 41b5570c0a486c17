using System.Diagnostics;
using DistributedFreeze.Replicas;

namespace DistributedFreeze.Training.Replicas;

public sealed class StepClockTests
{
    private readonly StepClock _clock = new(read: 100, prefix: 200);

    [Fact]
    public void AStepOfTwoShards_IsDividedAmongItsParts()
    {
        _clock.Begin(At(0));
        _clock.Forwarded(At(8), read: 101, prefix: 204);
        _clock.Backwarded(At(13));
        _clock.Forwarded(At(16), read: 101.5, prefix: 204);
        _clock.Backwarded(At(22));
        _clock.Exchanged(At(29));
        _clock.Applied(At(31));

        // Of the first 8 seconds the stream took 5, of the 3 from 13 on half a one.
        Assert.Equal(new StepTimes(Read: 1.5, Prefix: 4, Tail: 3 + 5 + 2.5 + 6, Exchange: 7, Apply: 2) { TailForward = 3 + 2.5 }, _clock.Times);
        Assert.Equal(5 + 6, _clock.Times.TailBackward);
    }

    [Fact]
    public void WhatAShardWithoutImagesTakes_IsNotTheNextOnesForward()
    {
        _clock.Begin(At(0));
        _clock.Backwarded(At(1));
        _clock.Forwarded(At(3), read: 100, prefix: 200);

        Assert.Equal((2.0, 1.0), (_clock.Times.TailForward, _clock.Times.TailBackward));
    }

    [Fact]
    public void WhatLiesBetweenTwoSteps_IsNoPartOfEither()
    {
        _clock.Begin(At(0));
        _clock.Applied(At(1));
        _clock.Begin(At(50));
        _clock.Applied(At(52));

        Assert.Equal(new StepTimes(0, 0, 0, 0, Apply: 3), _clock.Times);
    }

    private static long At(double seconds) => (long)(seconds * Stopwatch.Frequency);
}
