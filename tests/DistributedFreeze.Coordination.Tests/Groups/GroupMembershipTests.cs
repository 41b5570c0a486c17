using System.Collections.Immutable;
using DistributedFreeze.Replicas;

namespace DistributedFreeze.Coordination.Groups;

public sealed class GroupMembershipTests
{
    private static readonly ReplicaReady Ready = new()
    {
        Device = "cpu",
        DataHash = "data",
        BaseHash = "base",
        Classes = [],
        TrainImages = 1,
        ValidationImages = 0,
        TestImages = 0,
        LayerHashes = ImmutableSortedDictionary<string, string>.Empty,
    };

    private readonly GroupMembership _roster = new();
    private readonly ReplicaHandle _one = SeatOrderTests.Handles("a0")[0];
    private readonly ReplicaHandle _other = SeatOrderTests.Handles("a1")[0];

    [Fact]
    public void OfAStranger_NothingIsKnown()
    {
        Assert.False(_roster.HasLoaded(_one) || _roster.IsCurrent(_one) || _roster.IsIn(_one, 0));
        Assert.Empty(_roster.Loaded);
        Assert.Contains("a0", Assert.Throws<InvalidOperationException>(() => _roster.ReadyOf(_one)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AReplicaThatIsCurrent_HasNotLoadedForThatReason()
    {
        _roster.SetCurrent([_one]);

        Assert.True(_roster.IsCurrent(_one));
        Assert.False(_roster.HasLoaded(_one));
    }

    [Fact]
    public void Loading_LeavesPhaseAndPositionAsTheyAre()
    {
        _roster.RecordPhase(_one, 1);
        _roster.SetCurrent([_one]);

        _roster.RecordLoaded(_one, Ready);

        Assert.True(_roster.HasLoaded(_one) && _roster.IsCurrent(_one) && _roster.IsIn(_one, 1));
        Assert.Same(Ready, _roster.ReadyOf(_one));
    }

    [Fact]
    public void ASeatThatWasGrantedAnew_ReplacesTheOneOfTheSameDevice()
    {
        var anew = _one with { ExchangeAddress = "host:1" };
        _roster.RecordPhase(_one, 0);

        _roster.RecordLoaded(anew, Ready);

        Assert.Same(anew, Assert.Single(_roster.Loaded));
    }

    [Fact]
    public void OnlyThoseNamedLast_AreCurrent()
    {
        _roster.SetCurrent([_one]);

        _roster.SetCurrent([_other]);

        Assert.Equal((false, true), (_roster.IsCurrent(_one), _roster.IsCurrent(_other)));
    }

    [Fact]
    public void AReplicaThatLeftItsPhase_IsInNone()
    {
        _roster.RecordPhase(_one, 0);

        _roster.RecordPhase(_one, null);

        Assert.False(_roster.IsIn(_one, 0));
    }

    [Fact]
    public void WhoIsForgotten_IsAStrangerAgain()
    {
        _roster.RecordLoaded(_one, Ready);
        _roster.SetCurrent([_one]);

        _roster.Forget(_one);

        Assert.False(_roster.HasLoaded(_one) || _roster.IsCurrent(_one));
    }
}
