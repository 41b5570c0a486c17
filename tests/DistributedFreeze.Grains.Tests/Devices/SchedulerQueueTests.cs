using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using DistributedFreeze.Devices;
using DistributedFreeze.Grains.Devices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistributedFreeze.Grains.Tests.Devices;

/// <summary>The scheduler holds the queue, and tells the one run whose turn it is.</summary>
public sealed class SchedulerQueueTests : IDisposable
{
    private const string Silo = "127.0.0.1:11111@1";
    private const int Waiting = 2_000;

    private readonly ManualTime _time = new(new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly List<string> _told = [];
    private readonly SchedulerGrain _scheduler;
    private ImmutableArray<string> _unfinished = [];
    private int _listed;

    public SchedulerQueueTests() => _scheduler = new(
        Stub.Of<IGrainFactory>((method, args) => Grain(method.GetGenericArguments()[0], args)),
        _time,
        Stub.Of<ISiloStatusOracle>((_, _) => new Dictionary<SiloAddress, SiloStatus> { [SiloAddress.FromParsableString(Silo)] = SiloStatus.Active }),
        new QueueMetrics(_services.GetRequiredService<IMeterFactory>()),
        NullLogger<SchedulerGrain>.Instance);

    [Fact]
    public async Task AnEnd_IsToldToTheNextRunAlone()
    {
        await ReportAsync(owner: null);
        Assert.Equal([$"{Silo}/cpu:0"], (await EnqueueAsync("first")).Devices.Select(device => device.Id));
        await ReportAsync("first");
        for (var run = 1; run <= Waiting; run++)
        {
            Assert.Equal(run, (await EnqueueAsync($"run-{run}", at: run)).QueuePosition);
        }

        await _scheduler.ReleaseAsync("first");
        await ReportAsync(owner: null);

        Assert.Equal(["run-1"], _told);
        Assert.Equal((0, 1, Waiting - 1), (await _scheduler.PositionAsync("run-1"), await _scheduler.PositionAsync("run-2"), await _scheduler.PositionAsync($"run-{Waiting}")));
        Assert.Equal(Waiting - 1, (await _scheduler.ListQueueAsync()).Length);
        Assert.NotEmpty((await EnqueueAsync("run-1", at: 1)).Devices);
        Assert.Equal(["run-1"], _told);
    }

    [Fact]
    public async Task ARunThatDoesNotCome_IsToldAgain_AndThenTheNextOneIs()
    {
        await ReportAsync(owner: null);
        await EnqueueAsync("first");
        await ReportAsync("first");
        await EnqueueAsync("gone", at: 1);
        await EnqueueAsync("next", at: 2);
        await _scheduler.ReleaseAsync("first");
        await ReportAsync(owner: null);

        for (var passed = TimeSpan.Zero; passed < DeviceAllocator.RequestTimeout; passed += TimeSpan.FromSeconds(2))
        {
            Assert.DoesNotContain("next", _told);
            _time.Advance(TimeSpan.FromSeconds(2));
            await ReportAsync(owner: null);
        }

        Assert.True(_told.Count(run => run == "gone") > 20);
        _time.Advance(TimeSpan.FromSeconds(2));
        await ReportAsync(owner: null);
        Assert.Equal("next", _told[^1]);
        Assert.Equal(0, await _scheduler.PositionAsync("gone"));
    }

    [Fact]
    public async Task WhoWaits_KeepsItsPlaceForMinutesWithoutAWord()
    {
        await ReportAsync("other");
        await EnqueueAsync("patient", at: 1);
        for (var passed = TimeSpan.Zero; passed < DeviceAllocator.WaitTimeout; passed += TimeSpan.FromSeconds(2))
        {
            Assert.Equal(1, await _scheduler.PositionAsync("patient"));
            _time.Advance(TimeSpan.FromSeconds(2));
            await ReportAsync("other");
        }

        _time.Advance(TimeSpan.FromSeconds(2));
        await ReportAsync("other");
        Assert.Equal(0, await _scheduler.PositionAsync("patient"));
    }

    [Fact]
    public async Task ASchedulerThatHasComeUp_AsksAllUnfinishedRunsOnce()
    {
        _unfinished = ["one", "two"];

        await ReportAsync(owner: null);
        await ReportAsync(owner: null);

        Assert.Equal(["one", "two"], _told);
        Assert.Equal(1, _listed);
    }

    [Fact]
    public async Task BeforeAllSilosHaveReported_NobodyIsGrantedOrTold()
    {
        Assert.True((await EnqueueAsync("early")).IsUnknown);
        Assert.Empty(_told);

        await ReportAsync(owner: null);

        Assert.Equal(["early"], _told);
    }

    public void Dispose() => _services.Dispose();

    private object Grain(Type type, object?[] args)
    {
        if (type == typeof(ICatalogueGrain))
        {
            return Stub.Of<ICatalogueGrain>((_, _) =>
            {
                _listed++;
                return Task.FromResult(_unfinished);
            });
        }

        if (type == typeof(IReplicaGrain))
        {
            return Stub.Of<IReplicaGrain>((_, _) => Task.CompletedTask);
        }

        return Stub.Of<IRunGrain>((_, _) =>
        {
            _told.Add((string)args[0]!);
            return Task.CompletedTask;
        });
    }

    private Task ReportAsync(string? owner) => _scheduler.ReportAsync(new()
    {
        Silo = Silo,
        Devices =
        [
            new()
            {
                Device = new() { Id = $"{Silo}/cpu:0", Model = "cpu", Host = "here" },
                State = owner is null ? DeviceState.Free : DeviceState.Busy,
                RunId = owner,
            },
        ],
    });

    private Task<DeviceGrant> EnqueueAsync(string run, int at = 0) =>
        _scheduler.EnqueueAsync(new() { RunId = run, SubmittedAt = DateTimeOffset.UnixEpoch.AddSeconds(at) });
}
