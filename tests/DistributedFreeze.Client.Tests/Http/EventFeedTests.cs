using System.Collections.Immutable;
using System.Text;
using System.Threading.Channels;
using DistributedFreeze.Client.Tests.Remote;
using DistributedFreeze.Runs;
using DistributedFreeze.Silo.Http;

namespace DistributedFreeze.Client.Tests.Http;

/// <summary>Many watch one run: its events are read, and written as JSON, once for all of them.</summary>
public sealed class EventFeedTests
{
    private readonly Run _run = new();
    private readonly EventFeeds _feeds = new();

    [Fact]
    public async Task FiftyWatchers_AreToldTheSameBytes_ReadOnce()
    {
        var watchers = Enumerable.Range(0, 50).Select(_ => _feeds.Join("r1", _run, after: 0)).ToList();
        var waiting = watchers.Select(watcher => NextAsync(watcher, 0)).ToList();
        _run.Tell(1, 2);

        var told = await Task.WhenAll(waiting);

        Assert.All(told, frames => Assert.Equal([1, 2], Sequences(frames)));
        Assert.All(told, frames => Assert.Same(told[0][1], frames[1]));
        Assert.StartsWith("id: 2\nevent: queued\ndata: {\"event\":\"queued\",", Encoding.UTF8.GetString(told[0][1].Bytes.Span), StringComparison.Ordinal);
        Assert.EndsWith("}\n\n", Encoding.UTF8.GetString(told[0][1].Bytes.Span), StringComparison.Ordinal);
        await _run.AskedAsync(times: 2);
        Assert.Equal([0, 2], _run.Asked);
    }

    [Fact]
    public async Task WhoComesLater_IsToldWhatIsKept_AndReadsWhatIsOlderAlone()
    {
        using var first = _feeds.Join("r1", _run, after: 4);
        _run.Tell(5, 6);
        await NextAsync(first, 4);

        using var later = _feeds.Join("r1", _run, after: 5);
        using var late = _feeds.Join("r1", _run, after: 0);

        Assert.Equal([6], Sequences(await NextAsync(later, 5)));
        Assert.Null(await late.Feed.NextAsync(0, TestContext.Current.CancellationToken));
        Assert.Equal([5, 6], Sequences(await NextAsync(late, 4)));
    }

    [Fact]
    public async Task WhereNothingComes_AllAreToldSo()
    {
        using var watcher = _feeds.Join("r1", _run, after: 3);
        var next = NextAsync(watcher, 3);

        _run.Tell();

        Assert.Empty(await next);
    }

    [Fact]
    public async Task TheEnd_EndsReading_AndIsToldOnceMore()
    {
        using var watcher = _feeds.Join("r1", _run, after: 0);
        _run.TellEnd(1);
        Assert.True((await NextAsync(watcher, 0))[0].IsEnd);
        Assert.Equal([1], Sequences(await NextAsync(watcher, 1)));
        Assert.Equal([0], _run.Asked);

        using var next = _feeds.Join("r1", _run, after: 1); // the run is resumed perhaps
        Assert.NotSame(watcher.Feed, next.Feed);
        _run.TellEnd(1);
        Assert.Equal([1], Sequences(await NextAsync(next, 1)));
    }

    [Fact]
    public async Task AFailure_IsToldToAll_AndTheNextOneBeginsAnew()
    {
        using var one = _feeds.Join("r1", _run, after: 0);
        using var other = _feeds.Join("r1", _run, after: 0);
        _run.Fail(new TimeoutException("no answer"));

        await Assert.ThrowsAsync<TimeoutException>(() => NextAsync(one, 0));
        await Assert.ThrowsAsync<TimeoutException>(() => NextAsync(other, 0));
        using var next = _feeds.Join("r1", _run, after: 0);
        _run.Tell(1);
        Assert.Equal([1], Sequences(await NextAsync(next, 0)));
    }

    [Fact]
    public async Task WhenTheLastWatcherLeaves_NobodyReadsAnyMore()
    {
        var one = _feeds.Join("r1", _run, after: 0);
        var other = _feeds.Join("r1", _run, after: 0);
        one.Dispose();
        one.Dispose();
        Assert.False(one.Feed.IsOver);

        other.Dispose();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => NextAsync(one, 0));
    }

    [Fact]
    public async Task WhoIsSlow_ReadsWhatIsKeptNoMoreByItself()
    {
        using var slow = _feeds.Join("r1", _run, after: 0);
        _run.Tell([.. Enumerable.Range(1, EventFeed.Kept + 10).Select(number => (long)number)]);

        Assert.Equal(EventFeed.Kept, (await NextAsync(slow, 10)).Length);
        Assert.Null(await slow.Feed.NextAsync(9, TestContext.Current.CancellationToken));
    }

    private static async Task<ImmutableArray<EventFrame>> NextAsync(EventFeeds.Membership watcher, long last) =>
        Assert.NotNull(await watcher.Feed.NextAsync(last, TestContext.Current.CancellationToken));

    private static IEnumerable<long> Sequences(ImmutableArray<EventFrame> frames) => frames.Select(frame => frame.Sequence);

    /// <summary>A run that tells what a test says, to each question once.</summary>
    private sealed class Run : RunStandIn
    {
        private readonly Channel<Func<ImmutableArray<RunEvent>>> _answers = Channel.CreateUnbounded<Func<ImmutableArray<RunEvent>>>();
        private readonly Channel<long> _questions = Channel.CreateUnbounded<long>();

        public List<long> Asked { get; } = [];

        public void Tell(params long[] sequences) => _answers.Writer.TryWrite(() => [.. sequences.Select(sequence => new RunEvent.Queued(1) { Sequence = sequence })]);

        public void TellEnd(long sequence) => _answers.Writer.TryWrite(() => [new RunEvent.Ended(RunState.Succeeded, null, []) { Sequence = sequence }]);

        public void Fail(Exception reason) => _answers.Writer.TryWrite(() => throw reason);

        public async Task AskedAsync(int times)
        {
            for (var time = 0; time < times; time++)
            {
                await _questions.Reader.ReadAsync(TestContext.Current.CancellationToken);
            }
        }

        public override async Task<ImmutableArray<RunEvent>> ReadEventsAsync(long after)
        {
            Asked.Add(after);
            _questions.Writer.TryWrite(after);
            return (await _answers.Reader.ReadAsync(TestContext.Current.CancellationToken))();
        }
    }
}
