using DistributedFreeze.Errors;

namespace DistributedFreeze.Client.Tests.Pull;

/// <summary>What breaks off goes on where the server still has the same content.</summary>
public sealed class ResumedPullTests : IDisposable
{
    private readonly PullStage _stage = new();

    public void Dispose() => _stage.Dispose();

    [Fact]
    public async Task AConnectionThatBreaksOff_IsFollowedByOneForTheRest()
    {
        using var server = new ScriptedServer(PullStage.Begun(1000), PullStage.Rest(1000, 1500), PullStage.Rest(2500, 500));

        await PullStage.RunAsync(_stage.Pull(server));

        Assert.Equal(["", "bytes=1000-", "bytes=2500-"], server.Requests.Select(request => PullStage.Header(request, "Range")));
        Assert.Equal(["", PullStage.Tag, PullStage.Tag], server.Requests.Select(request => PullStage.Header(request, "If-Range")));
        _stage.AssertWhole();
    }

    [Fact]
    public async Task WhereNothingMoreComes_TheNextPullGoesOn()
    {
        using var server = new ScriptedServer(PullStage.Begun(1000), PullStage.Busy(), PullStage.Rest(1000, 2000));

        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => PullStage.RunAsync(_stage.Pull(server)));
        Assert.Contains($"'w' cannot be pulled from {server.Address}/w.h5: ", refused.Message, StringComparison.Ordinal);
        Assert.Contains("1.0 kB have arrived, and the next try goes on from there", refused.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_stage.Target));
        await PullStage.RunAsync(_stage.Pull(server));

        Assert.Equal("bytes=1000-", PullStage.Header(server.Requests[2], "Range"));
        _stage.AssertWhole();
    }

    [Fact]
    public async Task APullThatIsCancelled_LeavesWhatTheNextOneGoesOnWith()
    {
        using var server = new ScriptedServer(PullStage.Begun(1000), PullStage.Rest(1000, 2000));
        using var interruption = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _stage.Pull(server).RunAsync(PullStage.Weights, (here, _) => CancelAt(here, interruption), interruption.Token));
        await PullStage.RunAsync(_stage.Pull(server));

        Assert.Equal("bytes=1000-", PullStage.Header(server.Requests[1], "Range"));
        _stage.AssertWhole();

        static void CancelAt(long here, CancellationTokenSource interruption)
        {
            if (here == 1000)
            {
                interruption.Cancel();
            }
        }
    }

    [Theory]
    [InlineData("200 OK")]
    [InlineData("416 Range Not Satisfiable")]
    [InlineData("206 Partial Content")]
    public async Task AServerThatGivesAnotherRange_IsAskedForAll(string status)
    {
        byte[][] answers = status switch
        {
            "200 OK" => [PullStage.Begun(1000), PullStage.Whole()],
            "206 Partial Content" => [PullStage.Begun(1000), PullStage.Rest(900, 2100), PullStage.Whole()],
            _ => [PullStage.Begun(1000), ScriptedServer.Answer(status, []), PullStage.Whole()],
        };
        using var server = new ScriptedServer(answers);

        await PullStage.RunAsync(_stage.Pull(server));

        Assert.Equal(answers.Length, server.Requests.Count);
        Assert.Equal("bytes=1000-", PullStage.Header(server.Requests[1], "Range"));
        _stage.AssertWhole();
    }

    [Fact]
    public async Task AServerWithoutAValidator_IsAskedForAllAgain()
    {
        using var server = new ScriptedServer(ScriptedServer.Answer("200 OK", PullStage.Content.AsSpan(0, 1000), length: 3000), PullStage.Busy(), PullStage.Whole());

        await Assert.ThrowsAsync<InvalidInputException>(() => PullStage.RunAsync(_stage.Pull(server)));
        await PullStage.RunAsync(_stage.Pull(server));

        Assert.All(server.Requests, request => Assert.Equal("", PullStage.Header(request, "Range")));
        _stage.AssertWhole();
    }
}
