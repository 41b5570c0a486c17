using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Tests.Runs;

public sealed class RunFilterTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    private readonly RunStatus _run = new()
    {
        RunId = "r1",
        State = RunState.Failed,
        Owner = "alice",
        SubmittedAt = Noon,
        Spec = new() { Data = new() { Path = "x" }, Phases = [new()], Output = "y", Labels = RunLabels.Of(new() { ["team"] = "vision", ["ratio"] = "1:2" }) },
    };

    [Fact]
    public void WhatIsGiven_HasToHoldAltogether()
    {
        Assert.True(new RunFilter().Includes(_run));
        Assert.True(new RunFilter { States = [RunState.Running, RunState.Failed], Owner = "alice", Since = Noon, Labels = [new("team", "vision"), new("ratio", null)] }.Includes(_run));
        Assert.False(new RunFilter { States = [RunState.Running] }.Includes(_run));
        Assert.False(new RunFilter { Owner = "bob" }.Includes(_run));
        Assert.False(new RunFilter { Since = Noon.AddSeconds(1) }.Includes(_run));
        Assert.False(new RunFilter { Labels = [new("team", "vision"), new("stage", null)] }.Includes(_run));
        Assert.False(new RunFilter { Labels = [new("team", "Vision")] }.Includes(_run));
    }

    [Fact]
    public void ARunWithoutLabels_HasNone()
    {
        Assert.False(new RunFilter { Labels = [new("team", null)] }.Includes(_run with { Spec = null }));
        Assert.False(new RunFilter { Labels = [new("team", null)] }.Includes(_run with { Spec = _run.Spec! with { Labels = RunLabels.None } }));
    }

    [Theory]
    [InlineData("team:vision", "team", "vision")]
    [InlineData("team=vision", "team", "vision")]
    [InlineData("ratio:1:2", "ratio", "1:2")]
    [InlineData("team", "team", null)]
    public void ALabel_IsReadUpToTheFirstSign(string text, string name, string? value) => Assert.Equal(new(name, value), LabelFilter.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData(":vision")]
    [InlineData("team=")]
    [InlineData("Team=vision")]
    [InlineData("my label")]
    [InlineData("team=computer vision")]
    public void WhatNoRunCanHave_IsRefused(string text) =>
        Assert.Equal($"must be a label's name (lower-case letters, digits, _ and -) and value such as team:vision, or its name alone, got '{text}'", Assert.Throws<InvalidInputException>(() => LabelFilter.Parse(text)).Problems[0].Message);
}
