using System.Collections.Immutable;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Remote;
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
        var client = new DistributedFreezeClient(OneGrain.Of(run), new JumpingTime());

        var seen = new List<long>();
        await foreach (var happened in client.WatchAsync("run", cancellationToken: TestContext.Current.CancellationToken))
        {
            seen.Add(happened.Sequence);
        }

        Assert.Equal([1L, 2, 3, 4, 5, 6, 7], seen);
    }

    [Fact]
    public async Task WhatWasReadBeforeAWatchIsCancelled_IsToldNoMore()
    {
        using var cancelled = new CancellationTokenSource();
        var client = new DistributedFreezeClient(OneGrain.Of(new ToldRun([new RunEvent.Resumed(), new RunEvent.Resumed(), new RunEvent.Ended(RunState.Succeeded, null, [])])));

        var seen = 0;
        await Assert.ThrowsAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in client.WatchAsync("run", cancellationToken: cancelled.Token))
            {
                seen++;
                await cancelled.CancelAsync();
            }
        });

        Assert.Equal(1, seen);
    }

    [Fact(Timeout = 60_000)] // else it waits for ever where it fails
    public async Task ACoordinatorThatDiesWithAReadersCall_IsAskedAgainBeforeOrleansGivesTheCallUp()
    {
        var time = new JumpingTime();
        var client = new DistributedFreezeClient(OneGrain.Of(new SilentRun()), time);

        Assert.Equal([1L], (await SeenAsync(client, after: 0).WaitAsync(TestContext.Current.CancellationToken)).Select(happened => happened.Sequence));

        // A coordinator that lives answers within 3 seconds.
        Assert.InRange(time.Elapsed, TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task AClusterThatStaysAway_IsGivenUpAfterAWhile()
    {
        var run = new BreakingRun(events: 2, failuresBetween: int.MaxValue);
        var time = new JumpingTime();
        var client = new DistributedFreezeClient(OneGrain.Of(run), time) { RetryTimeout = TimeSpan.FromMinutes(1) };

        await Assert.ThrowsAsync<ClusterUnavailableException>(() => client.WaitAsync("run", TestContext.Current.CancellationToken));

        Assert.InRange(time.Elapsed, TimeSpan.FromSeconds(57), TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task ARunThatWasResumed_IsWatchedToTheEndThatIsLast()
    {
        var run = new ToldRun(
            [new RunEvent.Prepared(1, 1, 0, 0, [], []), new RunEvent.Ended(RunState.Failed, "once", [])],
            [new RunEvent.Resumed()],
            [new RunEvent.CheckpointWritten(""), new RunEvent.Ended(RunState.Succeeded, null, [])]);

        var seen = await SeenAsync(new(OneGrain.Of(run)), after: 0);

        Assert.Equal([1L, 2, 3, 4, 5], seen.Select(happened => happened.Sequence));
        Assert.Equal(RunState.Succeeded, Assert.IsType<RunEvent.Ended>(seen[^1]).State);
    }

    [Fact]
    public async Task WhoHasSeenTheEnd_IsToldItAgainAndNothingElse()
    {
        var run = new ToldRun([new RunEvent.CheckpointWritten(""), new RunEvent.Ended(RunState.Succeeded, null, [])]);

        Assert.Equal(2, Assert.Single(await SeenAsync(new(OneGrain.Of(run)), after: 2)).Sequence);
    }

    [Fact]
    public async Task ASiloWhoseStorageIsAway_IsAskedAgain()
    {
        var run = new BreakingRun(events: 2, failuresBetween: 2, new Orleans.Serialization.UnavailableExceptionFallbackException());
        var client = new DistributedFreezeClient(OneGrain.Of(run), new JumpingTime());

        Assert.Equal([1L, 2], (await SeenAsync(client, after: 0)).Select(happened => happened.Sequence));
    }

    [Fact]
    public async Task TheCommand_OutlastsACoordinatorThatMovesWheneverItAsks()
    {
        var run = new BreakingRun(events: 3, failuresBetween: 3);
        using var output = new StringWriter();
        using var error = new StringWriter();
        var watch = new RunWatch(new CommandConsole(output, error, outputIsTerminal: false, errorIsTerminal: false));

        var exitCode = await watch.ToTheEndAsync(
            new(OneGrain.Of(run), new JumpingTime()), "run", json: true, TestContext.Current.CancellationToken);

        Assert.Equal((0, ""), (exitCode, error.ToString()));
        Assert.Equal(3, output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task Submitting_AsksAgainForTheSameRun()
    {
        var run = new BreakingRun(events: 1, failuresBetween: 3);
        var client = new DistributedFreezeClient(OneGrain.Of(run), new JumpingTime());

        Assert.Equal("run", await client.SubmitAsync(Spec, runId: "run", cancellationToken: TestContext.Current.CancellationToken));

        Assert.Equal(Spec, Assert.Single(run.Started).Spec);
    }

    [Fact]
    public async Task AStatus_IsAskedForOnceUnlessThereIsPatience()
    {
        var client = new DistributedFreezeClient(OneGrain.Of(new BreakingRun(events: 1, failuresBetween: 1)), new JumpingTime());

        await Assert.ThrowsAsync<ClusterUnavailableException>(() => client.GetAsync("run", TestContext.Current.CancellationToken));
        client = new(OneGrain.Of(new BreakingRun(events: 1, failuresBetween: 1)), new JumpingTime());
        Assert.Equal("run", (await client.GetAsync("run", TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken)).RunId);
    }

    [Fact]
    public async Task ACallThatIsCancelledOnTheWay_IsAskedAgain()
    {
        var run = new BreakingRun(events: 2, failuresBetween: 1, new TaskCanceledException());
        var client = new DistributedFreezeClient(OneGrain.Of(run), new JumpingTime());

        Assert.Equal([1L, 2], (await SeenAsync(client, after: 0)).Select(happened => happened.Sequence));
    }

    private static RunSpec Spec { get; } = new() { Data = new() { Path = "images" }, Output = "out", Phases = [new() { Epochs = 1 }] };

    private static async Task<List<RunEvent>> SeenAsync(DistributedFreezeClient client, long after)
    {
        var seen = new List<RunEvent>();
        await foreach (var happened in client.WatchAsync("run", after, TestContext.Current.CancellationToken))
        {
            seen.Add(happened);
        }

        return seen;
    }

    /// <summary>A run whose every answer is preceded by failures.</summary>
    private sealed class BreakingRun(int events, int failuresBetween, Exception? failure = null) : RunStandIn
    {
        private int _failures;

        public List<RunSubmission> Started { get; } = [];

        public override async Task StartAsync(RunSubmission submission)
        {
            await BreakAsync();
            Started.Add(submission);
        }

        public override async Task<RunStatus> GetStatusAsync()
        {
            await BreakAsync();
            return new() { RunId = "run", State = RunState.Running, Spec = Spec };
        }

        public override async Task<ImmutableArray<RunEvent>> ReadEventsAsync(long after)
        {
            await BreakAsync();
            RunEvent next = after + 1 >= events ? new RunEvent.Ended(RunState.Succeeded, null, []) : new RunEvent.CheckpointWritten("");
            return [next with { Sequence = Math.Min(after + 1, events) }];
        }

        private Task BreakAsync()
        {
            if (_failures++ < failuresBetween)
            {
                return Task.FromException(failure ?? (_failures % 2 == 0 ? new TimeoutException() : new Orleans.Runtime.SiloUnavailableException()));
            }

            _failures = 0;
            return Task.CompletedTask;
        }
    }

    /// <summary>A run whose first answer never comes, as if its silo had died.</summary>
    private sealed class SilentRun : RunStandIn
    {
        private bool _asked;

        public override Task<ImmutableArray<RunEvent>> ReadEventsAsync(long after)
        {
            var answer = _asked
                ? Task.FromResult<ImmutableArray<RunEvent>>([new RunEvent.Ended(RunState.Succeeded, null, []) { Sequence = 1 }])
                : new TaskCompletionSource<ImmutableArray<RunEvent>>().Task;
            _asked = true;
            return answer;
        }
    }

    /// <summary>A run that tells its events in these portions, as a grain does.</summary>
    private sealed class ToldRun : RunStandIn
    {
        private readonly List<(long After, ImmutableArray<RunEvent> Events)> _portions = [];

        public ToldRun(params ImmutableArray<RunEvent>[] portions)
        {
            foreach (var portion in portions)
            {
                var last = _portions is [.., var (_, events)] ? events[^1].Sequence : 0;
                _portions.Add((last, [.. portion.Select((happened, index) => happened with { Sequence = last + 1 + index })]));
            }
        }

        public override Task<ImmutableArray<RunEvent>> ReadEventsAsync(long after) => Task.FromResult(
            _portions.Where(portion => portion.After == after).Select(portion => portion.Events).FirstOrDefault([_portions[^1].Events[^1]]));
    }
}
