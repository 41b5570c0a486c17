using DistributedFreeze.Grains.Coordination;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Tests.Coordination;

public sealed class RunEventLogTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 4, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly ManualTime _time = new(Noon);
    private readonly RunEventLog _log;

    public RunEventLogTests() => _log = new(_time);

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
    public async Task AReader_WaitsForTheNextEvent()
    {
        var reading = _log.ReadAsync(0, Patience);
        Assert.False(reading.IsCompleted);

        _log.Append(new RunEvent.CheckpointWritten("a"));

        Assert.Equal("a", Path(Assert.Single(await reading)));
    }

    [Fact]
    public async Task EveryReaderThatWaits_GetsTheEvent()
    {
        var readings = Enumerable.Range(0, 3).Select(_ => _log.ReadAsync(0, Patience)).ToList();

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
    public async Task ReadingOnFromTheLastEvent_LosesAndRepeatsNothing()
    {
        var read = new List<long>();
        var reading = ReadToTheEndAsync(read);
        for (var i = 0; i < 500; i++)
        {
            _log.Append(new RunEvent.CheckpointWritten("a"));
            if (i % 7 == 0)
            {
                await Task.Yield(); // lets the reader in, at whatever point
            }
        }

        _log.Append(new RunEvent.Ended(RunState.Succeeded, null, []));
        await reading;

        Assert.Equal(Enumerable.Range(1, 501).Select(number => (long)number), read);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(99)]
    public async Task AfterTheEnd_NobodyWaitsAndTheEndIsTold(long after)
    {
        _log.Append(new RunEvent.Ended(RunState.Failed, "why", []));

        Assert.True(_log.IsComplete);
        Assert.IsType<RunEvent.Ended>(Assert.Single(await _log.ReadAsync(after, Patience)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(41)]
    [InlineData(42)]
    [InlineData(99)]
    public async Task ARestoredLog_TellsEveryReaderTheEndUnderItsNumber(long after)
    {
        _log.Restore(new(RunState.Succeeded, null, []), sequence: 42);

        Assert.Equal(42, Assert.Single(await _log.ReadAsync(after, Patience)).Sequence);
    }

    [Fact]
    public async Task ANegativeNumber_ReadsFromTheBeginning()
    {
        _log.Append(new RunEvent.CheckpointWritten("a"));

        Assert.Single(await _log.ReadAsync(-1, Patience));
    }

    private async Task ReadToTheEndAsync(List<long> read)
    {
        while (true)
        {
            foreach (var happened in await _log.ReadAsync(read.LastOrDefault(), Patience))
            {
                read.Add(happened.Sequence);
                if (happened is RunEvent.Ended)
                {
                    return;
                }
            }
        }
    }

    private static string Path(RunEvent happened) => Assert.IsType<RunEvent.CheckpointWritten>(happened).Path;
}
