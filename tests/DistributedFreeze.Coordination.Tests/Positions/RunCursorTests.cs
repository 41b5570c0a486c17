using System.Collections.Immutable;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination.Positions;

public sealed class RunCursorTests
{
    private const int Steps = 3;
    private static readonly ImmutableArray<PhaseSpec> Phases = [new() { Epochs = 1 }, new() { Epochs = 2 }];
    private static readonly EpochResult Result =
        new() { Phase = 0, Epoch = 0, TrainLoss = 1, TrainAccuracy = 1, Seconds = 1, ImagesPerSecond = 1 };

    [Theory]
    [InlineData(0, 0, 0, nameof(RunAction.Train))]
    [InlineData(0, 0, 2, nameof(RunAction.Train))]
    [InlineData(0, 0, 3, nameof(RunAction.EndEpoch))]
    [InlineData(0, 1, 0, nameof(RunAction.EndPhase))]
    [InlineData(0, 1, 0, nameof(RunAction.NextPhase), true)]
    [InlineData(1, 0, 0, nameof(RunAction.Train))]
    [InlineData(1, 1, 3, nameof(RunAction.EndEpoch))]
    [InlineData(1, 2, 0, nameof(RunAction.EndPhase))]
    [InlineData(1, 2, 0, nameof(RunAction.Finish), true)]
    public void WhatComesNext_IsReadOffFromWhereTheRunStands(int phase, int epoch, int step, string next, bool ended = false) =>
        Assert.Equal(next, RunCursor.Next(new() { Phase = phase, Epoch = epoch, Step = step, IsPhaseEnded = ended }, Phases, Steps).ToString());

    [Theory]
    [InlineData(0, 0, 0, true)]
    [InlineData(0, 0, 2, false)]
    [InlineData(0, 0, 3, false)] // its score is missing
    [InlineData(0, 1, 0, true)]
    [InlineData(0, 1, 0, true, true)]
    [InlineData(1, 0, 0, true)]
    [InlineData(1, 1, 0, true)]
    [InlineData(1, 2, 0, false)] // nothing follows but the end
    [InlineData(1, 2, 0, false, true)]
    public void BetweenTwoEpochs_IsWhereOneIsOverAndAnotherFollows(int phase, int epoch, int step, bool between, bool ended = false) =>
        Assert.Equal(between, RunCursor.IsBetweenEpochs(new() { Phase = phase, Epoch = epoch, Step = step, IsPhaseEnded = ended }, Phases));

    [Fact]
    public void EveryTurn_LeadsToTheEnd()
    {
        var progress = new RunProgress();
        var turns = new List<RunAction>();
        while (RunCursor.Next(progress, Phases, Steps) is var next && next != RunAction.Finish)
        {
            turns.Add(next);
            progress = next switch
            {
                RunAction.Train => progress with { Step = progress.Step + 1 },
                RunAction.EndEpoch => RunCursor.AfterEpoch(progress, Result, Phases[progress.Phase]),
                RunAction.EndPhase => RunCursor.AfterLastEpoch(progress),
                _ => RunCursor.AfterPhase(progress),
            };
        }

        int Turns(RunAction action) => turns.Count(turn => turn == action);
        Assert.Equal((9, 3, 2, 1), (Turns(RunAction.Train), Turns(RunAction.EndEpoch), Turns(RunAction.EndPhase), Turns(RunAction.NextPhase)));
    }

    [Fact]
    public void BetweenEpochs_NothingOfTheLastOneIsLeftButItsResult()
    {
        var done = new RunProgress { Epoch = 1, Step = 3, LossSum = 9, Correct = 8, Samples = 7, FeaturesComputed = 6, FeaturesRead = 5, Seconds = 4, EpochSeconds = 3, EpochTrainSeconds = 2 };
        var start = new RunProgress { Epoch = 2, Seconds = 4, Epochs = [Result] };

        Assert.Equal(start with { Epochs = [] }, RunCursor.AfterEpoch(done, Result, Phases[0]) with { Epochs = [] });
        Assert.Equal([Result], RunCursor.AfterEpoch(done, Result, Phases[0]).Epochs);
        Assert.Equal((1, 0, 0), At(RunCursor.AfterPhase(start)));
    }

    [Fact]
    public void EveryStateOfARun_HasANumberOfItsOwn_AndAPlaceWithoutAStateOfItsOwnHasThatOfItsState()
    {
        var progress = new RunProgress();
        var numbers = new List<long> { 0 };
        while (RunCursor.Next(progress, Phases, Steps) is var next && next != RunAction.Finish)
        {
            progress = next switch
            {
                RunAction.Train => progress with { Step = progress.Step + 1 },
                RunAction.EndEpoch => RunCursor.AfterEpoch(progress, Result with { Phase = progress.Phase }, Phases[progress.Phase]),
                RunAction.EndPhase => RunCursor.AfterLastEpoch(progress),
                _ => RunCursor.AfterPhase(progress),
            };
            var number = RunCursor.StateNumber(progress, Phases, Steps);
            Assert.Equal(numbers[^1] + (next is RunAction.Train or RunAction.EndPhase ? 1 : 0), number);
            numbers.Add(number);
            if (next == RunAction.NextPhase)
            {
                Assert.Equal(number, RunCursor.StateNumber(RunCursor.BeforePhase(progress), Phases, Steps));
            }
        }
    }

    [Fact]
    public void APhaseThatEndedEarly_EndsInTheSameState_AsOneThatDidNot()
    {
        var early = new RunProgress { Phase = 1, Epoch = 1, IsPhaseEnded = true };

        Assert.Equal(RunCursor.StateNumber(early with { Epoch = 2 }, Phases, Steps), RunCursor.StateNumber(early, Phases, Steps));
        Assert.True(RunCursor.StateNumber(early with { Epoch = 2, IsPhaseEnded = false }, Phases, Steps) < RunCursor.StateNumber(early, Phases, Steps));
    }

    private static (int Phase, int Epoch, int Step) At(RunProgress progress) => (progress.Phase, progress.Epoch, progress.Step);
}
