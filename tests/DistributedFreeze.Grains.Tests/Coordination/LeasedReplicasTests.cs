using System.Diagnostics;
using DistributedFreeze.Devices;
using DistributedFreeze.Grains.Coordination;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistributedFreeze.Grains.Tests.Coordination;

/// <summary>How often a run asks for devices.</summary>
public sealed class LeasedReplicasTests
{
    private readonly ManualTime _time = new(DateTimeOffset.UnixEpoch);
    private readonly List<string> _asked = [];
    private readonly List<Activity?> _traces = [];
    private readonly List<int> _waits = [];
    private readonly HashSet<string> _left = [];
    private readonly LeasedReplicas _leases;
    private int _released;
    private DeviceGrant _granted = new() { Devices = [], QueuePosition = 7 };

    public LeasedReplicasTests()
    {
        var scheduler = Stub.Of<ISchedulerGrain>((method, _) =>
        {
            _asked.Add(method.Name);
            _traces.Add(Activity.Current);
            return method.Name switch
            {
                nameof(ISchedulerGrain.EnqueueAsync) => Task.FromResult(_granted),
                nameof(ISchedulerGrain.ClaimAsync) => new TaskCompletionSource<DeviceGrant>().Task, // nothing changes
                _ => Task.CompletedTask,
            };
        });
        var factory = Stub.Of<IGrainFactory>((method, _) => method.GetGenericArguments()[0] == typeof(ISchedulerGrain)
            ? scheduler
            : Stub.Of<IReplicaGrain>((_, _) =>
            {
                _released++;
                return Task.CompletedTask;
            }));
        _leases = new(factory, new() { RunId = "r1", SubmittedAt = DateTimeOffset.UnixEpoch }, _time, (position, _) => _waits.Add(position), () => Task.CompletedTask, _left.Contains, NullLogger.Instance);
    }

    [Fact]
    public async Task Claims_AreNotPartOfTheRunsTrace()
    {
        using var run = new Activity("run").Start();

        var claiming = _leases.ClaimAsync();

        Assert.Same(run, Activity.Current);
        Assert.Null(Assert.Single(_traces));
        await EndAsync(claiming);
    }

    [Fact]
    public async Task ARunThatWaits_AsksOnceAMinute()
    {
        var claiming = _leases.ClaimAsync();
        Pass(TimeSpan.FromHours(1));

        Assert.InRange(_asked.Count, 60, 61);
        Assert.All(_asked, call => Assert.Equal(nameof(ISchedulerGrain.EnqueueAsync), call));
        await EndAsync(claiming);
    }

    [Fact]
    public async Task ARunWhoseTurnItIs_ClaimsAtOnce()
    {
        var claiming = _leases.ClaimAsync();
        Assert.Equal([7], _waits);
        _granted = new() { Devices = [new() { Id = "a/cpu:0", Model = "cpu", Host = "a" }] };

        _leases.Turn();

        Assert.Equal("a/cpu:0", Assert.Single(_leases.Granted).Device);
        Assert.Equal([7, 0], _waits);
        Assert.Equal([nameof(ISchedulerGrain.EnqueueAsync), nameof(ISchedulerGrain.EnqueueAsync), nameof(ISchedulerGrain.ClaimAsync)], _asked);
        await EndAsync(claiming);
    }

    [Fact]
    public async Task ASchedulerThatKnowsTooLittle_IsAskedAgainSoon()
    {
        _granted = new() { Devices = [], IsUnknown = true };
        var claiming = _leases.ClaimAsync();

        Pass(TimeSpan.FromSeconds(3));

        Assert.Equal(4, _asked.Count);
        Assert.Empty(_waits);
        await EndAsync(claiming);
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 0)]
    public async Task AtTheEnd_DevicesAreGivenBack_WhereTheirSilosStillAre(bool hasLeft, int released)
    {
        const string Silo = "10.89.0.12:11111@154530821";
        _granted = new() { Devices = [new() { Id = $"{Silo}/cpu:0", Model = "cpu", Host = "a" }] };
        var claiming = _leases.ClaimAsync();
        if (hasLeft)
        {
            _left.Add(Silo);
        }

        await EndAsync(claiming);

        Assert.Equal(released, _released);
    }

    private async Task EndAsync(Task claiming)
    {
        await _leases.EndAsync(keep: false);
        await claiming;
        Assert.Equal(nameof(ISchedulerGrain.ReleaseAsync), _asked[^1]);
    }

    private void Pass(TimeSpan time)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += TimeSpan.FromSeconds(1))
        {
            _time.Advance(TimeSpan.FromSeconds(1));
        }
    }
}
