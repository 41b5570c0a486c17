using System.Collections.Immutable;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Runs;

public sealed class RunCursorTests
{
    private const int Steps = 3;
    private static readonly ImmutableArray<PhaseSpec> Phases = [new() { Epochs = 1 }, new() { Epochs = 2 }];

    [Theory]
    [InlineData(0, 0, 0, nameof(RunAction.Train))]
    [InlineData(0, 0, 2, nameof(RunAction.Train))]
    [InlineData(0, 0, 3, nameof(RunAction.EndEpoch))]
    [InlineData(0, 1, 0, nameof(RunAction.NextPhase))]
    [InlineData(1, 0, 0, nameof(RunAction.Train))]
    [InlineData(1, 1, 3, nameof(RunAction.EndEpoch))]
    [InlineData(1, 2, 0, nameof(RunAction.Finish))]
    public void WhatComesNext_IsReadOffFromWhereTheRunStands(int phase, int epoch, int step, string next) =>
        Assert.Equal(next, RunCursor.Next(new() { Phase = phase, Epoch = epoch, Step = step }, Phases, Steps).ToString());

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
                RunAction.EndEpoch => progress with { Epoch = progress.Epoch + 1, Step = 0 },
                _ => progress with { Phase = progress.Phase + 1, Epoch = 0, Step = 0 },
            };
        }

        Assert.Equal((9, 3, 1), (turns.Count(turn => turn == RunAction.Train), turns.Count(turn => turn == RunAction.EndEpoch), turns.Count(turn => turn == RunAction.NextPhase)));
    }
}
