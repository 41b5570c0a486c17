using DistributedFreeze.Grains.Stores;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Storage;

namespace DistributedFreeze.Grains.Tests.Hosting;

public sealed class RetryingStoreTests : IStoreProbe
{
    private readonly ManualTime _time = new(DateTimeOffset.UnixEpoch.AddDays(20_000));
    private readonly SiloDeparture _departure = new();
    private readonly RetryingStore _store;
    private readonly List<string> _done = [];
    private bool _isAway;

    public RetryingStoreTests() => _store = new(new StoreWatch(this, _time), _departure, _time, NullLogger<RetryingStore>.Instance);

    [Fact]
    public async Task AStoreThatAnswers_IsWrittenOnce()
    {
        await _store.WriteAsync("it", Write, IsThere(false));

        Assert.Equal(["write"], _done);
    }

    [Fact]
    public async Task AStoreThatIsAway_IsWaitedForAndNotTriedMeanwhile()
    {
        _isAway = true;
        var writing = _store.WriteAsync("it", Write, IsThere(false));
        Pass(TimeSpan.FromMinutes(1));
        Assert.False(writing.IsCompleted);
        Assert.Equal(["write"], _done);

        _isAway = false;
        Pass(TimeSpan.FromSeconds(1));

        await writing;
        Assert.Equal(["write", "read", "write"], _done);
    }

    [Fact]
    public async Task AWriteWhoseAnswerWasLost_IsNotRepeated()
    {
        _isAway = true;
        var writing = _store.WriteAsync("it", Write, IsThere(true));
        _isAway = false;
        Pass(TimeSpan.FromSeconds(1));

        await writing;

        Assert.Equal(["write", "read"], _done);
    }

    [Fact]
    public async Task AStoreThatRefusesAtFirst_IsTriedAgain()
    {
        var refusals = 3;
        var writing = _store.WriteAsync(
            "it",
            () =>
            {
                _done.Add("write");
                return refusals-- > 0 ? Task.FromException(new IOException("read-only")) : Task.CompletedTask;
            },
            IsThere(false));
        Pass(TimeSpan.FromSeconds(2));

        await writing;

        Assert.Equal(4, _done.Count(what => what == "write"));
    }

    [Fact]
    public async Task WhatSomebodyElseHasWritten_IsLeftAlone()
    {
        await Assert.ThrowsAsync<InconsistentStateException>(() =>
            _store.WriteAsync("it", () => Task.FromException(new InconsistentStateException("theirs")), IsThere(false)));
        _isAway = true;
        var writing = _store.WriteAsync("it", Write, () => Task.FromResult(RetryingStore.IsThere(read: new(3, 0, 0, new byte[8]), before: Guid.Empty, written: new(2, 0, 0, new byte[8]))));
        _isAway = false;
        Pass(TimeSpan.FromSeconds(1));

        await Assert.ThrowsAsync<InconsistentStateException>(() => writing);
        Assert.Equal(["write"], _done);
    }

    [Fact]
    public async Task ASiloThatEnds_WaitsNoLonger()
    {
        _isAway = true;
        var writing = _store.WriteAsync("it", Write, IsThere(false));

        _departure.Begin();

        Assert.Equal("away", (await Assert.ThrowsAsync<StoreAwayException>(() => writing)).Message);
    }

    Task IStoreProbe.AskAsync(CancellationToken cancellationToken) => _isAway ? Task.FromException(new IOException("away")) : Task.CompletedTask;

    private Task Write()
    {
        _done.Add("write");
        return _isAway ? Task.FromException(new IOException("away")) : Task.CompletedTask;
    }

    private Func<Task<bool>> IsThere(bool isThere) => () =>
    {
        _done.Add("read");
        return Task.FromResult(isThere);
    };

    private void Pass(TimeSpan time)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += TimeSpan.FromSeconds(0.1))
        {
            _time.Advance(TimeSpan.FromSeconds(0.1));
        }
    }
}
