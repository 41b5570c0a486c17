using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Errors;
using DistributedFreeze.Grains.Tests.Clusters;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Tests.Runs;

/// <summary>An output folder is one run's until that run has ended, whatever the folder is called.</summary>
[Slow]
public sealed class OutputOwnerTests(TestSilo silo) : IDisposable
{
    private readonly SmallestRuns _runs = new();

    [Fact]
    public async Task AFolderOfAnUnfinishedRun_IsRefusedByItsName_AlsoWhilePausedAndByALink()
    {
        var gate = silo.GateAfterFirstWindow("first-owner");
        var run = await silo.StartAsync("first-owner", _runs.Spec("out"));
        await AssertRefusedAsync("while-it-trains", _runs.Spec("out"));

        await gate.Reached.WaitAsync(TestContext.Current.CancellationToken);
        await run.PauseAsync();
        gate.Open();
        await RunEvents.UntilAsync<RunEvent.Paused>(run);
        Directory.CreateSymbolicLink(_runs.In("link"), _runs.In("out"));
        await AssertRefusedAsync("while-it-is-paused", _runs.Spec("out"), resume: true);
        await AssertRefusedAsync("by-a-link", _runs.Spec("link"), resume: true);
        await AssertRefusedAsync("a-strangers-spec", _runs.Spec("link") with { Seed = 9 }, resume: true, "belongs to another spec");

        await run.ResumeAsync();
        Assert.Equal(RunState.Succeeded, (await RunEvents.EndAsync(silo.Client, "first-owner")).State);
    }

    [Fact]
    public async Task AFolderOfARunThatHasEnded_IsFreeAgain()
    {
        var run = await silo.StartAsync("cancelled-owner", _runs.Spec("out"));
        await run.CancelAsync();
        Assert.Equal(RunState.Cancelled, (await RunEvents.EndAsync(silo.Client, "cancelled-owner")).State);

        await silo.StartAsync("next-owner", _runs.Spec("out"));

        Assert.Equal(RunState.Succeeded, (await RunEvents.EndAsync(silo.Client, "next-owner")).State);
        Assert.Empty(await run.ListArtefactsAsync());
        Assert.Contains(await silo.Client.GetGrain<IRunGrain>("next-owner").ListArtefactsAsync(), artefact => artefact.Name == "model.safetensors");
    }

    [Fact]
    public async Task APausedRunThatIsCancelled_LeavesWhatHasBecomeAnothers()
    {
        var run = await silo.StartAsync("paused-owner", _runs.Spec("out"));
        await run.PauseAsync();
        await RunEvents.UntilAsync<RunEvent.Paused>(run);
        var folder = new OutputFolder(_runs.In("out"));
        await File.WriteAllTextAsync(Path.Combine(folder.Path, ".owner"), "somebody-else", TestContext.Current.CancellationToken);

        await run.CancelAsync();

        Assert.Equal(RunState.Cancelled, (await run.GetStatusAsync()).State);
        Assert.True(File.Exists(folder.Spec));
    }

    [Fact]
    public async Task ARunThatAnotherWentOnWith_IsNotResumedBesideIt()
    {
        var first = silo.GateAfterFirstWindow("left-off");
        var run = await silo.StartAsync("left-off", _runs.Spec("out"));
        await first.Reached.WaitAsync(TestContext.Current.CancellationToken);
        await run.InterruptAsync();
        first.Open();
        await RunEvents.EndAsync(silo.Client, "left-off");
        var second = silo.GateAfterFirstWindow("went-on");
        await silo.StartAsync("went-on", _runs.Spec("out"), resume: true);

        var refused = await Assert.ThrowsAsync<InvalidInputException>(run.ResumeAsync);

        Assert.Contains("run went-on's", refused.Message, StringComparison.Ordinal);
        second.Open();
        Assert.Equal(RunState.Succeeded, (await RunEvents.EndAsync(silo.Client, "went-on")).State);
    }

    [Fact]
    public async Task WhatACallerCanResume_IsKeptFromOtherCallers_ButNotFromTheirOwnNextRun()
    {
        var gate = silo.GateAfterFirstWindow("of-alice");
        var run = await SubmitAsync("of-alice", "alice");
        await gate.Reached.WaitAsync(TestContext.Current.CancellationToken);
        await run.InterruptAsync();
        gate.Open();
        Assert.Equal(RunState.Interrupted, (await RunEvents.EndAsync(silo.Client, "of-alice")).State);

        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => SubmitAsync("of-bob", "bob", resume: true));
        Assert.Contains("is run of-alice's, which has not ended, or is another caller's to resume", refused.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidInputException>(() => SubmitAsync("of-another-alice", "alice", resume: true, issuer: "https://login.example"));

        await SubmitAsync("of-alice-again", "alice", resume: true);
        Assert.Equal(RunState.Succeeded, (await RunEvents.EndAsync(silo.Client, "of-alice-again")).State);
        Assert.Equal("alice", (await silo.Client.GetGrain<IRunGrain>("of-alice-again").GetStatusAsync()).Owner);
    }

    public void Dispose() => _runs.Dispose();

    private async Task<IRunGrain> SubmitAsync(string runId, string owner, bool resume = false, string? issuer = null)
    {
        var run = silo.Client.GetGrain<IRunGrain>(runId);
        await run.StartAsync(new(_runs.Spec("owned"), resume) { Owner = new() { Name = owner, Issuer = issuer } });
        return run;
    }

    private async Task AssertRefusedAsync(string runId, RunSpec spec, bool resume = false, string why = "run first-owner")
    {
        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => silo.StartAsync(runId, spec, resume));

        Assert.Contains(why, Assert.Single(refused.Problems).Message, StringComparison.Ordinal);
        Assert.Equal("output", refused.Problems[0].Field);
        await Assert.ThrowsAsync<RunNotFoundException>(() => silo.Client.GetGrain<IRunGrain>(runId).GetStatusAsync());
    }
}
