using DistributedFreeze.Errors;
using DistributedFreeze.Grains.Coordination;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Tests.Coordination;

public sealed class RunEndingTests
{
    [Fact]
    public void BadInput_KeepsItsProblems()
    {
        var ended = RunEnding.Of(new InvalidInputException([new("data.path", "is missing"), new("a.jpg", "is empty")]));

        Assert.Equal(RunState.Failed, ended.State);
        Assert.Equal([new("data.path", "is missing"), new("a.jpg", "is empty")], ended.Problems);
        Assert.Contains("a.jpg: is empty", ended.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void AFailureOfOurs_SpeaksForItself()
    {
        Assert.Equal("the loss is NaN", RunEnding.Of(new RunFailedException("the loss is NaN")).Reason);
        Assert.Equal("another mask", RunEnding.Of(new MaskMismatchException("another mask")).Reason);
        Assert.Equal("replica 1 left", RunEnding.Of(new ExchangeBrokenException("replica 1 left")).Reason);
    }

    [Fact]
    public void ASurprise_IsNamedByItsKindAndFirstLine()
    {
        var ended = RunEnding.Of(new ExternalError("out of memory\n  at at::native::conv2d()\n  at ..."));

        Assert.Equal((RunState.Failed, "ExternalError: out of memory"), (ended.State, ended.Reason));
        Assert.Empty(ended.Problems);
    }

    [Fact]
    public void AGrainThatDoesNotAnswer_IsToldInOurWords() => Assert.Equal(
        "A part of the cluster does not answer: its silo is gone",
        RunEnding.Of(new SiloUnavailableException("The target silo became unavailable for message: Request [S1 run/r1]->[S2].")).Reason);

    [Fact]
    public void AnInterruptedRun_SaysWhereItsCheckpointIs()
    {
        Assert.Equal("Interrupted on request; /out holds what it takes to go on.", RunEnding.Of(RunState.Interrupted, "/out").Reason);
        Assert.Null(RunEnding.Of(RunState.Succeeded, "/out").Reason);
    }

    private sealed class ExternalError(string message) : Exception(message);
}
