using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using DistributedFreeze.Sweeps;

namespace DistributedFreeze.Client.Tests.Sdk;

/// <summary>What a program that asks for a sweep sees of a cluster, and the cluster of it.</summary>
public sealed class AskedSweepTests
{
    private readonly SweptRuns _cluster = new();

    [Fact]
    public async Task WithoutHalving_AllAreTrainedWhole_AndTheBestIsTheOneOfTheBestScore()
    {
        var result = await SweepAsync(Request(halving: null, ("a", 0.3), ("b", 0.1), ("c", 0.2)));

        Assert.True(result.IsWhole);
        Assert.Equal([("a", TrialState.Finished, 4), ("b", TrialState.Finished, 4), ("c", TrialState.Finished, 4)], Table(result));
        Assert.Equal(("b", result.Trials[1]), (result.Best!.Name, result.Best));
        Assert.Equal((result.Best.Run!.Receipt!.ModelSha256, 7), (result.Best.Result.ModelSha256, result.Best.Result.Seconds));
        Assert.Equal(["StartAsync s-a", "StartAsync s-b", "StartAsync s-c"], _cluster.Orders);
        Assert.Equal("s", result.Best.Run.Spec!.Labels.Find("sweep"));
        Assert.Matches("^s-b-[0-9a-f]{10}$", result.Best.RunId);
    }

    [Fact]
    public async Task WithHalving_ThoseThatLagBehindAreCancelledWithTheReason_AndTheOthersGoOn_ToTheNextComparisonAndToTheEnd()
    {
        var result = await SweepAsync(Request(new(1, 2), ("a", 0.3), ("b", 0.5), ("c", 0.2), ("d", 0.4)));

        Assert.Equal([("a", TrialState.Stopped, 2), ("b", TrialState.Stopped, 1), ("c", TrialState.Finished, 4), ("d", TrialState.Stopped, 1)], Table(result));
        Assert.Equal("c", result.Best!.Name);
        Assert.All(result.Trials, trial => Assert.Null(trial.Result.Reason));
        Assert.Equal(
            [
                "StartUntilAsync s-a 1", "StartUntilAsync s-b 1", "StartUntilAsync s-c 1", "StartUntilAsync s-d 1",
                "CancelBecauseAsync s-b it was not among the 2 of 4 trials of sweep s that go on after 1 epoch",
                "CancelBecauseAsync s-d it was not among the 2 of 4 trials of sweep s that go on after 1 epoch",
                "ResumeUntilAsync s-a 2", "ResumeUntilAsync s-c 2",
                "CancelBecauseAsync s-a it was not among the 1 of 2 trials of sweep s that go on after 2 epochs",
                "ResumeAsync s-c",
            ],
            _cluster.Orders);
    }

    [Theory]
    [InlineData("CancelBecauseAsync s-d")]
    [InlineData("ResumeUntilAsync s-a")]
    [InlineData("ResumeUntilAsync s-c")]
    [InlineData("CancelBecauseAsync s-a")]
    [InlineData("ResumeAsync s-c")]
    public async Task WhoeverAsksAgain_GoesOn_AndWhatWasStoppedStaysSo(string died)
    {
        var request = Request(new(1, 2), ("a", 0.3), ("b", 0.5), ("c", 0.2), ("d", 0.4));
        using var gone = new CancellationTokenSource();
        _cluster.Before = order => Dies(order.StartsWith(died, StringComparison.Ordinal), gone);
        Assert.False((await Client.SweepAsync(request, cancellationToken: gone.Token)).IsWhole);
        _cluster.Before = _ => { };
        var orders = _cluster.Orders.Count;

        var result = await SweepAsync(request);

        Assert.Equal([("a", TrialState.Stopped, 2), ("b", TrialState.Stopped, 1), ("c", TrialState.Finished, 4), ("d", TrialState.Stopped, 1)], Table(result));
        Assert.All(result.Trials, trial => Assert.Null(trial.Result.Reason));
        Assert.DoesNotContain(_cluster.Orders.Skip(orders), order => order.StartsWith("CancelBecauseAsync s-b", StringComparison.Ordinal)); // it was
    }

    [Fact]
    public async Task WhatAnEarlierSweepLeftWaitingElsewhere_GoesOnToWhereThisOneCompares()
    {
        var result = await BrokenOffAsync(Request(new(1, 2), ("a", 0.3), ("b", 0.5)), "CancelBecauseAsync s-b");
        Assert.False(result.IsWhole);

        var later = await SweepAsync(Request(new(3, 2), ("a", 0.3), ("b", 0.5)));
        Assert.Equal([("a", TrialState.Finished, 4), ("b", TrialState.Stopped, 3)], Table(later));
    }

    [Fact]
    public async Task ATrialWhoseLastEventsWereLost_IsLookedAt_AndTheSweepGoesOn()
    {
        _cluster.LosesEvents = true;

        var result = await SweepAsync(Request(new(1, 2), ("a", 0.3), ("b", 0.5)));

        Assert.Equal([("a", TrialState.Finished, 4), ("b", TrialState.Stopped, 1)], Table(result));
    }

    [Theory]
    [InlineData(RunState.Cancelled)]
    [InlineData(RunState.Failed)]
    public async Task ATrialThatEndsWhileItWaitsAtAComparison_TakesNoPlaceOfThoseThatGoOn(RunState ended)
    {
        _cluster.Before = order =>
        {
            if (order == "StartUntilAsync s-c 1")
            {
                _cluster["a"].End(ended, "a person");
            }
        };

        var result = await SweepAsync(Request(new(1, 3), ("a", 0.1), ("b", 0.3), ("c", 0.2)));

        Assert.Equal("c", result.Best?.Name);
        Assert.Equal([1, 1, 4], result.Trials.Select(trial => trial.Result.Epochs.Length));
    }

    /// <summary>All have come to the comparison when one of them is cancelled.</summary>
    [Fact]
    public async Task ATrialThatIsCancelledAfterItWasSeen_IsSeenOnceMoreBeforeTheComparison()
    {
        _cluster.WhenRead = () =>
        {
            if (_cluster.Read.Count == 3)
            {
                _cluster["a"].End(RunState.Cancelled, "a person");
            }
        };

        var result = await SweepAsync(Request(new(1, 3), ("a", 0.1), ("b", 0.3), ("c", 0.2)));

        Assert.Equal("c", result.Best?.Name);
    }

    [Fact]
    public async Task OutputsThatAreNotOfOneTrialAlone_AreRefused()
    {
        var request = Request(null, ("a", 0.1), ("b", 0.3));
        request = request with { Trials = [request.Trials[0], request.Trials[1] with { Spec = request.Trials[1].Spec with { Output = request.Trials[0].Spec.Output } }] };

        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => SweepAsync(request));

        Assert.Equal("trials[1].spec.output", Assert.Single(refused.Problems).Field);
        Assert.Empty(_cluster.Orders);
    }

    [Fact]
    public async Task ATrialThatSomebodyPaused_IsLeftToThem_AndWaitedFor()
    {
        _cluster.Before = order =>
        {
            if (order == "ResumeUntilAsync s-a 2")
            {
                throw new InvalidOperationException("The sweep must not resume what it has not paused.");
            }
        };
        var request = Request(new(2, 2), ("a", 0.3), ("b", 0.5));
        await BrokenOffAsync(request, "CancelBecauseAsync s-b");
        var a = _cluster["a"];
        a.PauseByHand(epochs: 1, pauseAfter: 2);

        var swept = SweepAsync(request);
        Assert.Same(a.WaitedFor, await Task.WhenAny(swept, a.WaitedFor));
        a.TrainTo(2); // they let it go on

        Assert.Equal([("a", TrialState.Finished, 4), ("b", TrialState.Stopped, 2)], Table(await swept));
    }

    [Theory]
    [InlineData(RunState.Cancelled, TrialState.Stopped)]
    [InlineData(RunState.Failed, TrialState.Failed)]
    public async Task ATrialThatEndedBeforeAComparison_IsOut_AndSaysWhy(RunState ended, TrialState state)
    {
        var request = Request(new(2, 2), ("a", 0.1), ("b", 0.5), ("c", 0.4));
        await BrokenOffAsync(request, "CancelBecauseAsync s-b");
        var a = _cluster["a"];
        a.PauseByHand(epochs: 1, pauseAfter: 2);
        a.End(ended, "by hand");

        var result = await SweepAsync(request);

        Assert.Equal([("a", state, 1), ("b", TrialState.Finished, 4), ("c", TrialState.Finished, 4)], Table(result));
        Assert.Equal(("by hand", "c"), (result.Trials[0].Result.Reason, result.Best!.Name));
    }

    [Fact]
    public async Task ATrialThatSomebodyInterrupted_LeavesTheSweepOpen()
    {
        var request = Request(new(2, 2), ("a", 0.1), ("b", 0.5));
        await BrokenOffAsync(request, "CancelBecauseAsync s-b");
        _cluster["a"].PauseByHand(epochs: 1, pauseAfter: 2);
        _cluster["a"].End(RunState.Interrupted, "by hand");

        var result = await SweepAsync(request);

        Assert.Equal((false, null, TrialState.Waiting), (result.IsWhole, result.Best, result.Trials[0].Result.State));
        Assert.Equal(RunState.Paused, _cluster["b"].State);
    }

    [Fact]
    public async Task Progress_IsToldInEpochs_OfThoseThereAreAtMost()
    {
        var told = new Told();

        await Client.SweepAsync(Request(new(1, 2), ("a", 0.3), ("b", 0.5), ("c", 0.2)), told, TestContext.Current.CancellationToken);

        Assert.Equal(told.Seen.Select(progress => progress.Done).Order(), told.Seen.Select(progress => progress.Done));
        Assert.Equal((3 + 2 + 2, 3 + 2 + 2), (told.Seen[^1].Done, told.Seen[^1].All));
        Assert.All(told.Seen[^1].Trials, trial => Assert.True(trial.IsOver));
    }

    [Fact]
    public async Task SilosOfAnEarlierVersion_AreNamed_BeforeAnythingTrains()
    {
        var old = new SweptRuns { IsOld = true };
        var client = new DistributedFreezeClient(old.Factory);

        var refused = await Assert.ThrowsAsync<ClusterUnavailableException>(() => client.SweepAsync(Request(new(1, 2), ("a", 1), ("b", 2)), cancellationToken: TestContext.Current.CancellationToken));
        Assert.StartsWith("The cluster's silos are of an earlier version, which cannot let a run wait after an epoch", refused.Message, StringComparison.Ordinal);
        Assert.Single(old.Orders);
        Assert.True((await client.SweepAsync(Request(halving: null, ("a", 1), ("b", 2)), cancellationToken: TestContext.Current.CancellationToken)).IsWhole);
    }

    [Fact]
    public async Task WithoutValidationImages_NothingIsCompared()
    {
        var client = new DistributedFreezeClient(new SweptRuns { ValidatesNothing = true }.Factory);

        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => client.SweepAsync(Request(new(1, 2), ("a", 1), ("b", 2)), cancellationToken: TestContext.Current.CancellationToken));

        Assert.Equal("data.validation_share", Assert.Single(refused.Problems).Field);
    }

    [Fact]
    public async Task ARequestThatCannotBe_IsRefused_WithEverythingThatIsWrong()
    {
        var wrong = Request(new(0, 1), ("a", 1), ("a", 2), ("b c", 3)) with { Name = "" };

        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => SweepAsync(wrong));
        var empty = await Assert.ThrowsAsync<InvalidInputException>(() => SweepAsync(wrong with { Trials = [], Halving = null, Name = "s" }));
        var long40 = new string('x', 40);
        var tooLong = await Assert.ThrowsAsync<InvalidInputException>(() => SweepAsync(Request(null, ("twelve-chars", 1), ("thirteenchars", 1)) with { Name = long40 }));

        Assert.Equal(["name", "halving.from_epoch", "halving.factor", "trials[1].spec.output", "trials[1].name", "trials[2].name"], refused.Problems.Select(problem => problem.Field));
        Assert.Equal("trials", Assert.Single(empty.Problems).Field);
        Assert.Equal("trials[1].name", Assert.Single(tooLong.Problems).Field);
        Assert.Empty(_cluster.Orders);
    }

    private DistributedFreezeClient Client => new(_cluster.Factory);

    private Task<SweepResult> SweepAsync(SweepRequest request) => Client.SweepAsync(request, cancellationToken: TestContext.Current.CancellationToken);

    private async Task<SweepResult> BrokenOffAsync(SweepRequest request, string at)
    {
        var before = _cluster.Before;
        using var gone = new CancellationTokenSource();
        _cluster.Before = order => Dies(order.StartsWith(at, StringComparison.Ordinal), gone);
        var result = await Client.SweepAsync(request, cancellationToken: gone.Token);
        _cluster.Before = before;
        return result;
    }

    private static void Dies(bool now, CancellationTokenSource gone)
    {
        if (now)
        {
            gone.Cancel();
            throw new OperationCanceledException(gone.Token);
        }
    }

    private static SweepRequest Request(SweepHalving? halving, params (string Name, double Rate)[] trials) => new()
    {
        Name = "s",
        Trials = [.. trials.Select(trial => new NamedTrial(trial.Name, new() { Data = new() { Path = "/data" }, Phases = [new() { Epochs = 4, Optimizer = new() { LearningRate = trial.Rate } }], Output = $"/out/{trial.Name}" }))],
        Metric = EpochMeasure.Loss,
        Halving = halving,
    };

    private static IEnumerable<(string, TrialState, int)> Table(SweepResult result) => result.Trials.Select(trial => (trial.Name, trial.Result.State, trial.Result.Epochs.Length));

    private sealed class Told : IProgress<SweepProgress>
    {
        public List<SweepProgress> Seen { get; } = [];

        public void Report(SweepProgress value) => Seen.Add(value);
    }
}
