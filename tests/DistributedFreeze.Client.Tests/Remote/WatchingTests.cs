using System.Collections.Immutable;
using System.Reflection;
using DistributedFreeze.Grains;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Client.Tests.Remote;

/// <summary>Watching a run while its cluster comes and goes.</summary>
public sealed class WatchingTests
{
    [Fact]
    public async Task ABrokenConnection_LosesAndRepeatsNoEvent()
    {
        var run = new BreakingRun(events: 7, failuresBetween: 3);
        var client = new DistributedFreezeClient(Grains.Of(run), new JumpingTime());

        var seen = new List<long>();
        await foreach (var happened in client.WatchAsync("run", cancellationToken: TestContext.Current.CancellationToken))
        {
            seen.Add(happened.Sequence);
        }

        Assert.Equal([1L, 2, 3, 4, 5, 6, 7], seen);
    }

    [Fact]
    public async Task AClusterThatStaysAway_IsGivenUpAfterAWhile()
    {
        var run = new BreakingRun(events: 2, failuresBetween: int.MaxValue);
        var time = new JumpingTime();
        var client = new DistributedFreezeClient(Grains.Of(run), time) { Patience = TimeSpan.FromMinutes(1) };

        await Assert.ThrowsAsync<ClusterUnavailableException>(() => client.WaitAsync("run", TestContext.Current.CancellationToken));

        Assert.InRange(time.Elapsed, TimeSpan.FromSeconds(57), TimeSpan.FromMinutes(1));
    }

    /// <summary>A run whose every answer is preceded by failures.</summary>
    private sealed class BreakingRun(int events, int failuresBetween) : IRunGrain
    {
        private int _failures;

        public Task<ImmutableArray<RunEvent>> ReadEventsAsync(long after)
        {
            if (_failures++ < failuresBetween)
            {
                return Task.FromException<ImmutableArray<RunEvent>>(
                    _failures % 2 == 0 ? new TimeoutException() : new Orleans.Runtime.SiloUnavailableException());
            }

            _failures = 0;
            RunEvent next = after + 1 == events ? new RunEvent.Ended(RunState.Succeeded, null, []) : new RunEvent.CheckpointWritten("");
            return Task.FromResult<ImmutableArray<RunEvent>>([next with { Sequence = after + 1 }]);
        }

        public Task StartAsync(RunSubmission submission) => throw new NotSupportedException();

        public Task<RunStatus> GetStatusAsync() => throw new NotSupportedException();

        public Task InterruptAsync() => throw new NotSupportedException();

        public Task PauseAsync() => throw new NotSupportedException();

        public Task ResumeAsync() => throw new NotSupportedException();

        public Task CancelAsync() => throw new NotSupportedException();

        public Task DeleteAsync() => throw new NotSupportedException();

        public Task<ImmutableArray<Artefact>> ListArtefactsAsync() => throw new NotSupportedException();

        public Task<ArtefactChunk> ReadArtefactAsync(string name, long offset, int count) => throw new NotSupportedException();

        public Task KeepGoingAsync() => throw new NotSupportedException();
    }

    /// <summary>A factory of one grain.</summary>
    public class Grains : DispatchProxy
    {
        private IRunGrain? _run;

        public static IGrainFactory Of(IRunGrain run)
        {
            var factory = Create<IGrainFactory, Grains>();
            ((Grains)factory)._run = run;
            return factory;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => _run;
    }

    /// <summary>Time that passes only while someone waits, and then at once.</summary>
    private sealed class JumpingTime : TimeProvider
    {
        private long _ticks;

        public TimeSpan Elapsed => new(_ticks);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _ticks += dueTime.Ticks;
            return System.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }
}
