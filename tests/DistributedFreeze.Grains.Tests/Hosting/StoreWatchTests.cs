using DistributedFreeze.Grains.Stores;

namespace DistributedFreeze.Grains.Tests.Hosting;

public sealed class StoreWatchTests : IStoreProbe
{
    private readonly ManualTime _time = new(DateTimeOffset.UnixEpoch.AddDays(20_000));
    private readonly StoreWatch _watch;
    private Exception? _failure;
    private int _asked;

    public StoreWatchTests() => _watch = new(this, _time);

    [Fact]
    public async Task AStoreThatAnswers_IsNotWaitedFor()
    {
        await _watch.WaitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(1, _asked);
    }

    [Fact]
    public async Task AStoreThatComesBackInTime_IsWaitedFor()
    {
        _failure = new IOException("refused");
        var waiting = _watch.WaitAsync(TestContext.Current.CancellationToken);
        Pass(TimeSpan.FromSeconds(4));
        Assert.False(waiting.IsCompleted);

        _failure = null;
        Pass(TimeSpan.FromSeconds(1));

        await waiting;
    }

    [Fact]
    public async Task AStoreThatIsSilentForFiveSeconds_IsAway()
    {
        _failure = new IOException("refused\nby somebody");
        var waiting = _watch.WhenAwayAsync(TestContext.Current.CancellationToken);

        Pass(TimeSpan.FromSeconds(5));

        Assert.Equal("refused", (await waiting).Message);
    }

    [Fact]
    public async Task WhoWaitsNext_DoesNotBeginAnew()
    {
        _failure = new IOException("refused");
        var first = _watch.WhenAwayAsync(TestContext.Current.CancellationToken);
        Pass(TimeSpan.FromSeconds(5));
        await first;

        await Assert.ThrowsAsync<StoreAwayException>(() => _watch.WaitAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task ASilenceOfLongAgo_DoesNotCount()
    {
        _failure = new IOException("refused");
        var first = _watch.WhenAwayAsync(TestContext.Current.CancellationToken);
        Pass(TimeSpan.FromSeconds(5));
        await first;
        Pass(TimeSpan.FromMinutes(1));

        var second = _watch.WaitAsync(TestContext.Current.CancellationToken);

        Assert.False(second.IsCompleted);
    }

    Task IStoreProbe.AskAsync(CancellationToken cancellationToken)
    {
        _asked++;
        return _failure is { } failure ? Task.FromException(failure) : Task.CompletedTask;
    }

    private void Pass(TimeSpan time)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += TimeSpan.FromSeconds(0.5))
        {
            _time.Advance(TimeSpan.FromSeconds(0.5));
        }
    }
}
