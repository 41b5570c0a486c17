using DistributedFreeze.Errors;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination.Positions;

public sealed class ReplicaStandingTests
{
    private const int Group = 5;
    private readonly ReplicaStanding _standing = new([new() { Epochs = 2 }, new() { Epochs = 2 }], stepsPerEpoch: 4);

    /// <summary>An order that arrives twice may put a replica back, and a window that arrives twice fits there: nobody would meet it in the exchange.</summary>
    [Theory]
    [InlineData(Group, 0, 1, 2, true)]
    [InlineData(Group, 0, 1, 1, false)]
    [InlineData(Group, 0, 1, 0, false)]
    [InlineData(Group, 0, 0, 3, false)]
    [InlineData(Group, 1, 0, 0, true)]
    [InlineData(Group - 1, 1, 0, 0, false)]
    [InlineData(Group + 1, 0, 0, 0, true)] // a newer group may have gone back
    public void WithinAGroup_OnlyWhatIsFurtherThanTheLastWindow_IsDone(int generation, int phase, int epoch, int step, bool isAhead)
    {
        Enter(0, new() { Epoch = 1, Step = 1 });
        _standing.Begin(Window(Group, new() { Epoch = 1, Step = 1 }));

        var reason = Record.Exception(() => _standing.RequireAhead(generation, new() { Phase = phase, Epoch = epoch, Step = step }, ReplicaWork.Window));

        Assert.Equal(isAhead, reason is null);
        Assert.True(reason is null or ReplicaLostException { IsUnreachable: false });
    }

    [Fact]
    public void WhateverIsTakenOverSince_AWindowIsDoneOnce()
    {
        var start = new RunProgress { Epoch = 1 };
        Enter(0, start);
        var window = Window(Group, start);
        _standing.RequireAhead(Group, window.Progress, ReplicaWork.Window);
        _standing.Begin(window);
        _standing.LetGo();
        _standing.GoOnFrom(start);

        Assert.True(_standing.Holds(window.Progress));
        Assert.Throws<ReplicaLostException>(() => _standing.RequireAhead(Group, window.Progress, ReplicaWork.Window));
    }

    [Fact]
    public void AWindowThatHasNotBegun_IsStillAhead()
    {
        Enter(0, new());

        Assert.Throws<ReplicaLostException>(() => _standing.Begin(Window(Group, new() { Epoch = 1 })));

        _standing.RequireAhead(Group, new(), ReplicaWork.Window);
    }

    /// <summary>Where a run stands a replica enters, then takes the state over, then trains; what comes before is not done again.</summary>
    [Fact]
    public void ABroadcast_IsDoneOnce_AndNothingBeforeIt()
    {
        var there = new RunProgress { Epoch = 1 };
        Enter(0, new());
        var order = new BroadcastOrder(there, Root: 1, Group);
        _standing.RequireAhead(Group, there, ReplicaWork.Broadcast);

        Assert.True(_standing.BeginBroadcast(order, isRoot: false));

        Assert.Equal(-1, _standing.Number);
        Assert.Throws<ReplicaLostException>(() => _standing.RequireAhead(Group, there, ReplicaWork.Broadcast));
        Assert.Throws<ReplicaLostException>(() => _standing.RequireAhead(Group, there, ReplicaWork.Entry));
        _standing.RequireAhead(Group, there, ReplicaWork.Window);
        _standing.GoOnFrom(there);
        _standing.Begin(Window(Group, there));
        Assert.Throws<ReplicaLostException>(() => _standing.RequireAhead(Group, there, ReplicaWork.Broadcast));
    }

    [Fact]
    public void WhoHoldsWhatIsBroadcast_KeepsIt_AndWhoDoesNotSendsNothing()
    {
        var there = new RunProgress { Epoch = 1 };
        Enter(0, there);
        var number = _standing.Number;

        Assert.False(_standing.BeginBroadcast(new(there, Root: 1, Group), isRoot: false));
        Assert.False(_standing.BeginBroadcast(new(there, Root: 0, Group), isRoot: true));
        Assert.Equal(number, _standing.Number);

        Assert.Throws<ReplicaLostException>(() => _standing.BeginBroadcast(new(new() { Epoch = 2 }, Root: 0, Group), isRoot: true));
    }

    private void Enter(int phase, RunProgress progress)
    {
        _standing.Leave(progress);
        _standing.Enter(phase, PhaseEntry.WaitsForState, progress);
        _standing.GoOnFrom(progress);
    }

    private static WindowOrder Window(int generation, RunProgress progress) => new()
    {
        Generation = generation,
        Phase = progress.Phase,
        Epoch = progress.Epoch,
        FirstStep = progress.Step,
        Steps = 1,
        Progress = progress,
    };
}
