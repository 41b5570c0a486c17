using System.Collections.Immutable;
using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Errors;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination.Groups;

/// <summary>What replicas that are in no group any more are asked, and what becomes of the state that they hold.</summary>
public sealed class LeftBehindTests : IDisposable
{
    private const string Run = "this-run";
    private static readonly RunProgress Known = new() { Epoch = 1 };
    private static readonly RunProgress Further = new() { Epoch = 1, Step = 3 };

    private readonly TemporaryFolder _temporary = new();
    private readonly RunSpec _spec;
    private readonly OutputFolder _output;
    private readonly TimerTime _time = new();
    private readonly Pool _pool;
    private readonly List<RunEvent> _events = [];
    private readonly ElasticGroup _group;

    public LeftBehindTests()
    {
        _spec = new() { Data = new() { Path = "images" }, Phases = [new() { Epochs = 3 }], Output = _temporary.In("run"), Shards = 4, Replicas = 1 };
        _output = new(_spec.Output);
        var claim = new OutputLock(_output, Run);
        claim.Begin(_spec);
        _pool = new(_spec);
        _group = new(
            Run, _spec, _pool, _output, claim, [new() { Phase = 0, MaskVersion = 1, MaskHash = "mask" }], _events.Add, _ => Task.CompletedTask, progress => progress, _time, movesShards: true);
    }

    /// <summary>Its coordinator had formed and stored the next group, and died before the state was handed over.</summary>
    [Fact]
    public async Task WhoWasLeftBehindWithTheState_HandsItOver_AndGoes()
    {
        var (newcomer, holder) = (_pool.Grant("new"), _pool.LeaveBehind("old", At(Further)));

        var progress = await _group.AdoptAsync(2, ["new"], Known, CancellationToken.None);

        Assert.Equal(Further, progress);
        Assert.True(_group.HoldsState && _group.HasFoundLeftBehind);

        Assert.Equal(Further, await _group.EnsureAsync(progress, CancellationToken.None));

        Assert.Equal(["save checkpoint", "release"], holder.Asked);
        Assert.Equal(["prepare", "join", "begin phase", "load checkpoint"], newcomer.Asked.Distinct());
        Assert.Equal(["new"], _group.Group.Devices);
        Assert.Empty(_events);
    }

    /// <summary>It was lost sight of for a while, and is granted again when those who went on without it are lost.</summary>
    [Fact]
    public async Task WhoIsGrantedAgain_GoesOnWithItsState()
    {
        var holder = _pool.Grant("old", At(Further));

        await _group.EnsureAsync(await _group.AdoptAsync(2, ["lost"], Known, CancellationToken.None), CancellationToken.None);

        Assert.Equal(["prepare", "join"], holder.Asked.Distinct());
        Assert.True(_group.HoldsState);
    }

    [Fact]
    public async Task WhereItStandsFurtherBackThanTheRunWas_TheRunSaysSo()
    {
        _pool.LeaveBehind("old", At(Known));

        var progress = await _group.AdoptAsync(2, ["lost"], new() { Epoch = 2 }, CancellationToken.None);

        Assert.Equal(Known, progress);
        Assert.Equal((1, 0, "left-behind"), Assert.Single(_events.OfType<RunEvent.SetBack>().Select(back => (back.Epoch, back.Step, back.From))));
    }

    [Theory]
    [InlineData("another-run")]
    [InlineData(null)]
    public async Task ADeviceThatIsAnotherRunsByNow_SaysNothingOfThisOne(string? run)
    {
        _pool.LeaveBehind("old", At(Further, run));

        Assert.Equal(Known, await _group.AdoptAsync(2, ["lost"], Known, CancellationToken.None));

        Assert.False(_group.HoldsState);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public async Task ACheckpointThatIsAsNew_IsTakenInstead(int step)
    {
        _pool.LeaveBehind("old", At(Further));
        new FakeReplica(_spec).Write(_output.Checkpoint, CheckpointProgress.Format(Further with { Step = step }));

        Assert.Equal(Known, await _group.AdoptAsync(2, ["lost"], Known, CancellationToken.None));

        Assert.False(_group.HoldsState || _group.HasFoundLeftBehind);
        Assert.Equal(step, _group.GoBack(Known).Step);
    }

    [Fact]
    public async Task WhereAMemberHoldsTheState_NobodyElseIsWaitedFor()
    {
        _pool.Grant("member", At(Further));
        _pool.LeaveBehind("old").Stands = Never;

        Assert.Equal(Further, await _group.AdoptAsync(2, ["member"], Known, CancellationToken.None));

        Assert.True(_group.HoldsState);
        Assert.False(_group.HasFoundLeftBehind);
    }

    [Fact]
    public async Task WhereNobodyDoes_TheyAreWaitedForBriefly()
    {
        _pool.LeaveBehind("old").Stands = Never;
        var adopted = _group.AdoptAsync(2, ["lost"], Known, CancellationToken.None);
        Assert.False(adopted.IsCompleted);

        _time.Ring();

        Assert.Equal(Known, await adopted);
        Assert.Equal([TimeSpan.FromSeconds(3)], _time.Set);
    }

    [Fact]
    public async Task WhoIsLostMeanwhile_IsNotCountedOn()
    {
        _pool.LeaveBehind("old").Stands = () => throw new ReplicaLostException("gone");

        Assert.Equal(Known, await _group.AdoptAsync(2, ["lost"], Known, CancellationToken.None));

        Assert.False(_group.HoldsState);
    }

    /// <summary>It let go of everything: what is left of it anywhere is older than its checkpoint, or was given up.</summary>
    [Fact]
    public async Task ARunThatHadNoDevices_AsksNobody()
    {
        _pool.LeaveBehind("old", At(Further));

        Assert.Equal(Known, await _group.AdoptAsync(2, [], Known, CancellationToken.None));

        Assert.False(_group.HoldsState);
    }

    public void Dispose() => _temporary.Dispose();

    private static Task<ReplicaPosition?> Never() => new TaskCompletionSource<ReplicaPosition?>().Task;

    private static ReplicaPosition At(RunProgress progress, string? run = Run) => new() { Base = progress, StateHash = "state", StepsPerEpoch = 5, RunId = run };

    /// <summary>Replicas that are granted, and others that are the run's all the same.</summary>
    private sealed class Pool(RunSpec spec) : IReplicaPool
    {
        private ImmutableArray<ReplicaHandle> _left = [];

        public ImmutableArray<ReplicaHandle> Granted { get; private set; } = [];

        public FakeReplica Grant(string device, ReplicaPosition? position = null)
        {
            var replica = New(position);
            Granted = Granted.Add(new(device, "here", null, replica));
            return replica;
        }

        public FakeReplica LeaveBehind(string device, ReplicaPosition? position = null)
        {
            var replica = New(position);
            _left = _left.Add(new(device, "there", null, replica));
            return replica;
        }

        public Task<ImmutableArray<ReplicaHandle>> ListOwnedAsync() => Task.FromResult<ImmutableArray<ReplicaHandle>>([.. Granted, .. _left]);

        public Task WaitAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task LimitAsync(int most, CancellationToken cancellationToken) => Task.CompletedTask;

        public void Lost(ReplicaHandle handle, bool avoid)
        {
        }

        private FakeReplica New(ReplicaPosition? position) => new(spec) { Stands = () => Task.FromResult(position) };
    }

    /// <summary>A clock on which the times that are waited for end when a test says so.</summary>
    private sealed class TimerTime : TimeProvider
    {
        private readonly List<Action> _rings = [];

        public List<TimeSpan> Set { get; } = [];

        public void Ring() => _rings.ForEach(ring => ring());

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime > TimeSpan.Zero && dueTime < TimeSpan.FromMinutes(1))
            {
                Set.Add(dueTime);
                _rings.Add(() => callback(state));
            }

            return new Timer();
        }

        private sealed class Timer : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
