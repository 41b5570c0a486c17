using System.Collections.Immutable;
using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Errors;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination.Groups;

/// <summary>How a replica that joins a run gets the state that the others hold.</summary>
public sealed class HandOverTests : IDisposable
{
    private const string Run = "this-run";
    private static readonly RunProgress There = new() { Epoch = 1, Step = 2 };

    private readonly TemporaryFolder _temporary = new();
    private readonly GrantedReplicas _pool = new();
    private readonly ManualTime _time = new();

    [Fact]
    public async Task ItIsBroadcast()
    {
        var (group, holder, newcomer) = await JoinedAsync(ExchangeType.Fp32);

        Assert.Equal(There, await group.EnsureAsync(There, CancellationToken.None));

        Assert.Equal("broadcast state", holder.Asked[^1]);
        Assert.Equal(["join", "begin phase", "broadcast state"], newcomer.Asked[^3..]);

        holder.Asked.Clear();
        await group.EnsureAsync(There, CancellationToken.None);
        Assert.Empty(holder.Asked);
    }

    /// <summary>Whoever holds the state may be killed before it is handed over; but nobody waits for a large file.</summary>
    [Theory]
    [InlineData(null, true)]
    [InlineData(16 << 20, true)]
    [InlineData((16 << 20) + 1, false)]
    public async Task WhereThatIsQuick_ItIsWrittenToo(int? bytes, bool isWritten)
    {
        var (group, holder, newcomer) = await JoinedAsync(ExchangeType.Fp32);
        if (bytes is { } length)
        {
            using var last = File.Create(new OutputFolder(_temporary.In("run")).Checkpoint);
            last.SetLength(length);
        }

        await group.EnsureAsync(There, CancellationToken.None);

        Assert.Equal(isWritten, holder.Asked.Contains("save checkpoint"));
        Assert.Equal("broadcast state", newcomer.Asked[^1]);
    }

    /// <summary>The disk may be full.</summary>
    [Fact]
    public async Task WhereItCannotBeWritten_ItIsHandedOverAllTheSame()
    {
        var (group, holder, newcomer) = await JoinedAsync(ExchangeType.Fp32);
        holder.Saves = () => throw new StorageUnavailableException("run/checkpoint.safetensors", 8, "the disk is full", new IOException());

        await group.EnsureAsync(There, CancellationToken.None);

        Assert.Equal("broadcast state", newcomer.Asked[^1]);
    }

    /// <summary>It would be rounded on the way.</summary>
    [Fact]
    public async Task WhereTheExchangeRounds_ItGoesThroughTheCheckpoint()
    {
        var (group, holder, newcomer) = await JoinedAsync(ExchangeType.Bf16);

        await group.EnsureAsync(There, CancellationToken.None);

        Assert.Single(holder.Asked, "save checkpoint");
        Assert.DoesNotContain("broadcast state", holder.Asked);
        Assert.Equal(["join", "begin phase", "load checkpoint"], newcomer.Asked[^3..]);
    }

    /// <summary>A silo that is not upgraded yet knows no broadcast; and of a large state that a small phase keeps there would be very many pieces.</summary>
    [Theory]
    [InlineData(null, "load checkpoint")]
    [InlineData(65, "load checkpoint")]
    [InlineData(64, "broadcast state")]
    public async Task WhereAMemberCannot_OrItTakesTooManyPieces_ItGoesThroughTheCheckpoint(int? pieces, string taken)
    {
        var (group, holder, newcomer) = await JoinedAsync(ExchangeType.Fp32);
        holder.Pieces = pieces is { } count ? [count] : default;

        await group.EnsureAsync(There, CancellationToken.None);

        Assert.Equal(taken, newcomer.Asked[^1]);
        Assert.Single(holder.Asked, "save checkpoint");
    }

    /// <summary>What another silo says is no number of pieces until it is looked at.</summary>
    [Fact]
    public async Task AnAnswerForTooFewPhases_IsAsNone()
    {
        var (group, holder, newcomer) = await JoinedAsync(ExchangeType.Fp32);
        holder.Pieces = [];

        await group.EnsureAsync(There, CancellationToken.None);

        Assert.Equal("load checkpoint", newcomer.Asked[^1]);
    }

    [Fact]
    public async Task WhoHoldsAnotherStateAfterwards_IsLost()
    {
        var (group, _, newcomer) = await JoinedAsync(ExchangeType.Fp32);
        newcomer.Broadcasts = () => "damaged";

        var broken = await Assert.ThrowsAsync<GroupBrokenException>(() => group.EnsureAsync(There, CancellationToken.None));

        Assert.Equal("new", Assert.Single(broken.Lost).Handle.Device);
    }

    /// <summary>Nobody knows which of the two is damaged: both are asked what they hold.</summary>
    [Fact]
    public async Task WhereTwoThatHeldItDiffer_NobodyIsLostYet()
    {
        var second = _pool.Grant(Spec(ExchangeType.Fp32), "second", There);
        var (group, _, _) = await JoinedAsync(ExchangeType.Fp32);
        second.Broadcasts = () => "damaged";

        var broken = await Assert.ThrowsAsync<GroupBrokenException>(() => group.EnsureAsync(There, CancellationToken.None));

        Assert.Empty(broken.Lost);
        Assert.Contains("second", broken.Message, StringComparison.Ordinal);
    }

    /// <summary>Some may have taken it over, and the exchange is gone: the next attempt is another group's.</summary>
    [Fact]
    public async Task WhereItBreaks_AnotherGroupTriesAgain()
    {
        var (group, _, newcomer) = await JoinedAsync(ExchangeType.Fp32);
        newcomer.Broadcasts = () => throw new ExchangeBrokenException("A replica left.");
        await Assert.ThrowsAsync<GroupBrokenException>(() => group.EnsureAsync(There, CancellationToken.None));
        var before = group.Generation;
        newcomer.Broadcasts = null;

        await group.EnsureAsync(There, CancellationToken.None);

        Assert.Equal(before + 1, group.Generation);
        Assert.Equal("broadcast state", newcomer.Asked[^1]);
    }

    [Fact]
    public async Task AReplicaThatLoads_IsExpected()
    {
        var (group, _, newcomer) = await JoinedAsync(ExchangeType.Fp32);
        var loads = new TaskCompletionSource();
        newcomer.Loads = loads.Task;

        await group.EnsureAsync(There, CancellationToken.None);
        Assert.True(group.ExpectsNewcomers);

        loads.SetResult();
        await group.EnsureAsync(There, CancellationToken.None);
        Assert.False(group.ExpectsNewcomers);
    }

    [Fact]
    public async Task AfterALoss_AnotherIsExpected_UntilItJoinsOrAMinuteIsOver()
    {
        var (group, _, newcomer) = await JoinedAsync(ExchangeType.Fp32);
        newcomer.Broadcasts = () => "damaged";
        var broken = await Assert.ThrowsAsync<GroupBrokenException>(() => group.EnsureAsync(There, CancellationToken.None));
        Assert.False(group.ExpectsNewcomers);

        await group.RecoverAsync(broken, There, CancellationToken.None);
        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.True(group.ExpectsNewcomers);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.False(group.ExpectsNewcomers);

        newcomer.Broadcasts = null;
        await group.RecoverAsync(broken, There, CancellationToken.None);
        Assert.True(group.ExpectsNewcomers);
        await group.EnsureAsync(There, CancellationToken.None);
        Assert.False(group.ExpectsNewcomers);
    }

    public void Dispose() => _temporary.Dispose();

    private RunSpec Spec(ExchangeType exchange) => new()
    {
        Data = new() { Path = "images" },
        Phases = [new() { Epochs = 3 }],
        Output = _temporary.In("run"),
        Shards = 4,
        Exchange = exchange,
    };

    /// <summary>A group whose first member holds the run's state, and that another is about to join.</summary>
    private async Task<(ElasticGroup Group, FakeReplica Holder, FakeReplica Newcomer)> JoinedAsync(ExchangeType exchange)
    {
        var spec = Spec(exchange);
        var output = new OutputFolder(spec.Output);
        var claim = new OutputLock(output, Run);
        claim.Begin(spec);
        var group = new ElasticGroup(
            Run, spec, _pool, output, claim, [new() { Phase = 0, MaskVersion = 1, MaskHash = "mask" }], _ => { }, _ => Task.CompletedTask, progress => progress, _time, movesShards: true);
        var holder = _pool.Grant(spec, "old", There);
        await group.AdoptAsync(2, [.. _pool.Granted.Select(handle => handle.Device)], There, CancellationToken.None);
        return (group, holder, _pool.Grant(spec, "new"));
    }

    private sealed class GrantedReplicas : IReplicaPool
    {
        public ImmutableArray<ReplicaHandle> Granted { get; private set; } = [];

        public FakeReplica Grant(RunSpec spec, string device, RunProgress? at = null)
        {
            var position = at is null ? null : new ReplicaPosition { Base = at, StateHash = "state", StepsPerEpoch = 5, RunId = Run };
            var replica = new FakeReplica(spec) { Stands = () => Task.FromResult(position) };
            Granted = Granted.Add(new(device, "here", null, replica));
            return replica;
        }

        public Task<ImmutableArray<ReplicaHandle>> ListOwnedAsync() => Task.FromResult(Granted);

        public Task WaitAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task LimitAsync(int most, CancellationToken cancellationToken) => Task.CompletedTask;

        public void Lost(ReplicaHandle handle, bool avoid)
        {
        }
    }
}
