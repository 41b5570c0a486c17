using DistributedFreeze.Advice;
using DistributedFreeze.Cli.Advise;
using DistributedFreeze.Freezing;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Client.Tests.Commands;

public sealed class MoreImagesTests
{
    private const string Better = "conv5 scored better, by less than 120 images can tell from chance: --folds 5 asks all of them, and takes 5 times as long.";

    [Theory]
    [InlineData(EpochMeasure.Accuracy, 0.84, 0.86, 1, Better)]
    [InlineData(EpochMeasure.Loss, 0.4, 0.3, 1, Better)]
    [InlineData(EpochMeasure.Accuracy, 0.84, 0.84, 1, null)]
    [InlineData(EpochMeasure.Loss, 0.3, 0.4, 1, null)]
    [InlineData(EpochMeasure.Accuracy, 0.84, 0.86, 5, null)] // all images have judged
    public void WhatScoredBetter_IsNamed(EpochMeasure metric, double head, double conv5, int splits, string? expected)
    {
        var result = new AdviceResult
        {
            IsWhole = true,
            Metric = metric,
            TrainImages = 480,
            HeldOutImages = 120,
            Splits = splits,
            AreValidation = true,
            Candidates = [Candidate("head alone", head), Candidate("conv5", conv5), Candidate("conv4 and conv5", null)],
            Recommendation = new("head alone", "", new() { Data = new() { Path = "photos" }, Phases = [], Output = "run" }),
        };

        Assert.Equal(expected, MoreImages.Hint(result));
    }

    private static CandidateScore Candidate(string name, double? score) => new()
    {
        Name = name,
        Freeze = new FreezePolicy.None(),
        TrainableParameters = 1,
        ModelBytes = 4,
        Cost = 1,
        FullEpochs = 10,
        NotTried = score is null ? "it would take long" : null,
        Score = score is { } value ? new(value, 0, 1) : null,
    };
}
