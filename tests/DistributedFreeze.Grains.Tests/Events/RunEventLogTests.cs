using DistributedFreeze.Grains.Events;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Tests.Events;

public sealed class RunEventLogTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 4, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly ManualTime _time = new(Noon);
    private readonly HeldBlocks _blocks = new();
    private readonly List<CoordinatorLostException> _losses = [];
    private readonly RunEventLog _log;

    public RunEventLogTests() => _log = Log();

    [Fact]
    public async Task Events_AreNumberedFromOneAndStamped()
    {
        _log.Append(new RunEvent.CheckpointWritten("a"));
        _time.Advance(TimeSpan.FromSeconds(5));
        _log.Append(new RunEvent.CheckpointWritten("b"));

        var read = await _log.ReadAsync(0, Patience);

        Assert.Equal([(1L, Noon), (2L, Noon.AddSeconds(5))], read.Select(happened => (happened.Sequence, happened.At)));
    }

    [Fact]
    public async Task AReader_GetsOnlyWhatFollows()
    {
        _log.Append(new RunEvent.CheckpointWritten("a"));
        _log.Append(new RunEvent.CheckpointWritten("b"));

        Assert.Equal("b", Path(Assert.Single(await _log.ReadAsync(1, Patience))));
    }

    [Fact]
    public async Task EveryReaderThatWaits_GetsTheNextEvent()
    {
        var readings = Enumerable.Range(0, 3).Select(_ => _log.ReadAsync(0, Patience)).ToList();
        Assert.All(readings, reading => Assert.False(reading.IsCompleted));

        _log.Append(new RunEvent.CheckpointWritten("a"));

        Assert.All(await Task.WhenAll(readings), read => Assert.Equal("a", Path(Assert.Single(read))));
    }

    [Fact]
    public async Task AReader_GetsNothingWhenItsPatienceEnds()
    {
        var reading = _log.ReadAsync(0, Patience);

        _time.Advance(Patience - TimeSpan.FromTicks(1));
        Assert.False(reading.IsCompleted);
        _time.Advance(TimeSpan.FromTicks(1));

        Assert.Empty(await reading);
    }

    [Fact]
    public async Task AnEvent_IsToldOnlyOnceItIsStored()
    {
        _blocks.Hold();
        _log.Append(new RunEvent.CheckpointWritten("a"));
        var reading = _log.ReadAsync(0, Patience);
        var flushed = _log.FlushAsync();

        Assert.Equal((false, false, 0L), (reading.IsCompleted, flushed.IsCompleted, _log.Last));
        _blocks.Release();

        await flushed;
        Assert.Single(await reading);
    }

    [Fact]
    public async Task WhatHappensDuringAWrite_IsStoredInOneWriteAfterIt()
    {
        _blocks.Hold();
        Append(40);
        _blocks.Release();
        await _log.FlushAsync();

        Assert.Equal((2, 40L), (_blocks.Writes, _log.Last));
    }

    [Fact]
    public async Task EventsOfManyBlocks_AreReadFromAnyPlaceOnWithoutGaps()
    {
        var reading = ReadToTheEndAsync(_log);
        for (var round = 0; round < 100; round++)
        {
            Append(round % 9);
            await Task.Yield(); // lets the reader in, at whatever point
        }

        _log.Append(new RunEvent.Ended(RunState.Succeeded, null, []));
        await _log.FlushAsync();

        Assert.Equal(Numbers(1, _log.Last), await reading);
        Assert.Equal(Enumerable.Range(0, (int)((_log.Last + 63) / 64)), _blocks.Stored);
        foreach (var after in (long[])[0, 63, 64, 65, 200, _log.Last - 1])
        {
            Assert.Equal(Numbers(after + 1, _log.Last), await ReadToTheEndAsync(_log, after));
        }
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(63, 63)]
    [InlineData(64, 64)]
    [InlineData(64, 70)]
    [InlineData(65, 3)]
    [InlineData(300, 0)]
    [InlineData(300, 150)]
    [InlineData(300, 900)]
    public async Task AnotherActivation_GoesOnWhereTheLastOneStored(int count, long near)
    {
        Append(count);
        await _log.FlushAsync();

        var next = Log();
        await next.RestoreAsync(near);
        Assert.Equal(count, next.Last);
        next.Append(new RunEvent.Ended(RunState.Succeeded, null, []));

        Assert.Equal(Numbers(1, count + 1), await ReadToTheEndAsync(next));
    }

    [Fact]
    public async Task TheLastBlock_IsReadFromMemoryAndOlderOnesFromTheStore()
    {
        Append(130);
        await _log.FlushAsync();
        _blocks.Read.Clear();

        await _log.ReadAsync(128, Patience);
        Assert.Empty(_blocks.Read);
        await _log.ReadAsync(5, Patience);

        Assert.Equal([0], _blocks.Read);
    }

    [Fact]
    public async Task WhatComesBetweenTwoEvents_IsDoneOnceTheFirstIsStoredAndBeforeTheSecondIs()
    {
        _blocks.Hold();
        _log.Append(new RunEvent.CheckpointWritten("a"));
        var seen = new List<long>();
        _log.Then(() =>
        {
            seen.Add(_log.Last);
            return Task.CompletedTask;
        });
        _log.Append(new RunEvent.CheckpointWritten("b"));
        Assert.Empty(seen);
        _blocks.Release();

        await _log.FlushAsync();

        Assert.Equal([1], seen);
        Assert.Equal((2L, 2), (_log.Last, _blocks.Writes));
    }

    [Fact]
    public async Task WhatComesBetweenTwoEventsAndFails_IsTheEndOfTheTelling()
    {
        _log.Then(() => Task.FromException(new IOException("the store is away")));
        _log.Append(new RunEvent.CheckpointWritten("a"));

        await Assert.ThrowsAsync<CoordinatorLostException>(_log.FlushAsync);
        Assert.Single(_losses);
        Assert.Equal((0L, 0), (_log.Last, _blocks.Writes));
    }

    [Fact]
    public async Task AWriteThatFails_IsToldOnceAndNothingFollowsIt()
    {
        _blocks.Failure = new IOException("the store is away");
        _log.Append(new RunEvent.CheckpointWritten("a"));
        _blocks.Failure = null;
        _log.Append(new RunEvent.CheckpointWritten("b"));

        var lost = await Assert.ThrowsAsync<CoordinatorLostException>(_log.FlushAsync);

        Assert.Same(lost, Assert.Single(_losses));
        Assert.IsType<IOException>(lost.InnerException);
        Assert.Equal((0L, 1), (_log.Last, _blocks.Writes));
    }

    [Fact]
    public async Task ABlockThatSomeoneElseHasBegun_IsNotOverwritten()
    {
        Append(64);
        await _log.FlushAsync();
        var other = Log();
        await other.RestoreAsync(0);
        other.Append(new RunEvent.CheckpointWritten("theirs"));
        await other.FlushAsync();

        _log.Append(new RunEvent.CheckpointWritten("ours"));

        await Assert.ThrowsAsync<CoordinatorLostException>(_log.FlushAsync);
        Assert.Equal("theirs", Path(Assert.Single(await other.ReadAsync(64, Patience))));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(99)]
    public async Task AfterTheEnd_NobodyWaitsAndTheEndIsToldAgain(long after)
    {
        _log.Append(new RunEvent.Ended(RunState.Failed, "why", []));

        Assert.True(_log.IsComplete);
        Assert.IsType<RunEvent.Ended>(Assert.Single(await _log.ReadAsync(after, Patience)));
    }

    [Fact]
    public async Task ARunThatGoesOnAfterItsEnd_IsToldOn()
    {
        _log.Append(new RunEvent.Ended(RunState.Interrupted, "why", []));
        _log.Append(new RunEvent.Resumed());

        Assert.False(_log.IsComplete);
        Assert.IsType<RunEvent.Resumed>(Assert.Single(await _log.ReadAsync(1, Patience)));
    }

    [Fact]
    public async Task ANegativeNumber_ReadsFromTheBeginning()
    {
        _log.Append(new RunEvent.CheckpointWritten("a"));

        Assert.Single(await _log.ReadAsync(-1, Patience));
    }

    [Fact]
    public async Task Clearing_RemovesEveryBlockAndBeginsAnew()
    {
        Append(200);
        await _log.FlushAsync();

        await _log.ClearAsync();

        Assert.Empty(_blocks.Stored);
        _log.Append(new RunEvent.CheckpointWritten("new"));
        Assert.Equal(1, Assert.Single(await _log.ReadAsync(0, Patience)).Sequence);
    }

    private RunEventLog Log() => new(_blocks, _time, _losses.Add);

    private void Append(int count)
    {
        for (var index = 0; index < count; index++)
        {
            _log.Append(new RunEvent.CheckpointWritten("a"));
        }
    }

    private static async Task<List<long>> ReadToTheEndAsync(RunEventLog log, long after = 0)
    {
        var read = new List<long>();
        while (true)
        {
            foreach (var happened in await log.ReadAsync(after, Patience))
            {
                after = happened.Sequence;
                read.Add(after);
                if (happened is RunEvent.Ended)
                {
                    return read;
                }
            }
        }
    }

    private static IEnumerable<long> Numbers(long first, long last)
    {
        for (var number = first; number <= last; number++)
        {
            yield return number;
        }
    }

    private static string Path(RunEvent happened) => Assert.IsType<RunEvent.CheckpointWritten>(happened).Path;
}
