using DistributedFreeze.Advice;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Validation;

public sealed class AdviceRulesTests
{
    private static readonly AdviceRequest Right = new()
    {
        Spec = new() { Data = new() { Path = "/data" }, Phases = [new()], Output = "/out" },
        Folds = 10,
        Budget = TimeSpan.FromTicks(1),
        MaxModelBytes = 1,
    };

    [Fact]
    public void WhatCanBeAsked_IsLetThrough() => AdviceRules.EnsureValid(Right);

    [Fact]
    public void EverythingWrong_IsNamedAtOnce()
    {
        var wrong = Right with
        {
            Spec = Right.Spec with { BatchSize = 7, From = "/parent", Model = new() { Base = "/base.onnx" } },
            Metric = (EpochMeasure)99,
            Folds = 11,
            Budget = TimeSpan.Zero,
            MaxModelBytes = 0,
        };

        var refused = Assert.Throws<InvalidInputException>(() => AdviceRules.EnsureValid(wrong));

        Assert.Equal(["from", "model.base", "metric", "folds", "budget", "max_model"], refused.Problems.Select(problem => problem.Field).TakeLast(6));
        Assert.Contains(refused.Problems, problem => problem.Field == "batch_size");
    }

    [Fact]
    public void AHeadOnSeveralBlocks_LeavesNothingToCompare()
    {
        var refused = Assert.Throws<InvalidInputException>(() => AdviceRules.EnsureValid(Right with { Spec = Right.Spec with { Model = new() { Head = new() { Inputs = ["conv4_block6_out"] } } } }));

        Assert.Equal("model.head.inputs", Assert.Single(refused.Problems).Field);
    }
}
