using DistributedFreeze.Coordination;
using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Runs;

/// <summary>A run whose files cannot be written stands still, loses nothing, and goes on.</summary>
[Slow]
public sealed class StorageWaitTests(UndisturbedRun undisturbed) : IClassFixture<UndisturbedRun>
{
    /// <summary>The folder is taken away when a checkpoint is due, or when the model is.</summary>
    [Theory]
    [InlineData(1, "checkpoint.safetensors")]
    [InlineData(4, "model.safetensors")]
    public async Task AFolderThatIsGone_IsWaitedFor_AndNoStepIsDoneTwice(int window, string file)
    {
        var spec = undisturbed.NewSpec();
        var time = new ManualClock();
        var events = new List<RunEvent>();
        var windows = 0;
        using var pool = new ChangingPool(undisturbed.Workspaces, replicas: 2);
        var driver = new RunDriver(LocalRun.RunId, spec with { Replicas = 2 }, pool, e =>
        {
            events.Add(e);
            if (e is RunEvent.WindowDone && ++windows == window)
            {
                Directory.Delete(spec.Output, recursive: true);
                time.Advance(window == 1 ? TimeSpan.FromSeconds(61) : TimeSpan.Zero);
            }
            else if (e is RunEvent.StorageUnavailable)
            {
                Directory.CreateDirectory(spec.Output);
            }
        }, time);

        undisturbed.AssertSame(await driver.RunAsync(resume: false, TestContext.Current.CancellationToken), spec, 2);

        var told = Assert.Single(events.OfType<RunEvent.StorageUnavailable>());
        Assert.Equal(Path.Combine(spec.Output, file), told.Path);
        Assert.InRange(told.Bytes, 30_000, 300_000_000);
        Assert.Equal($"there is no folder {spec.Output} any more", told.Reason);
        Assert.Empty(events.OfType<RunEvent.ReplicaLost>());
        Assert.Equal(4, windows);
        if (window == 1)
        {
            Assert.IsType<RunEvent.CheckpointWritten>(events[events.IndexOf(told) + 1]); // nothing is trained before it is there
        }
    }

    [Fact]
    public async Task ARunThatWaitsForItsFolder_AndIsAskedToStop_SaysWhatIsLost()
    {
        var spec = undisturbed.NewSpec();

        var failed = await Assert.ThrowsAsync<RunFailedException>(() => WithoutFolderAsync(spec, driver => driver.RequestStop()));

        Assert.Contains(new OutputFolder(spec.Output).Checkpoint, failed.Message, StringComparison.Ordinal);
        Assert.Contains("is lost", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARunThatWaitsForItsFolder_CanBeCancelled() => Assert.Equal(
        RunState.Cancelled, (await WithoutFolderAsync(undisturbed.NewSpec(), driver => driver.RequestCancel())).State);

    /// <summary>It holds devices meanwhile.</summary>
    [Fact]
    public async Task AFolderThatNobodyMakesWritable_FailsARunOfWhichNothingLiesThere()
    {
        var readOnly = ReadOnlyFolder.Find();
        Assert.SkipWhen(readOnly is null, "Nothing is mounted read-only here.");
        var spec = undisturbed.NewSpec() with { Output = Path.Combine(readOnly, "run"), Replicas = 1 };
        var time = new ManualClock();
        using var pool = new ChangingPool(undisturbed.Workspaces, replicas: 1);
        var told = new List<RunEvent.StorageUnavailable>();
        var driver = new RunDriver(LocalRun.RunId, spec, pool, e =>
        {
            if (e is RunEvent.StorageUnavailable blocked)
            {
                told.Add(blocked);
                time.Advance(TimeSpan.FromMinutes(11));
            }
        }, time);

        var failed = await Assert.ThrowsAsync<RunFailedException>(() => driver.RunAsync(resume: false, TestContext.Current.CancellationToken));

        Assert.Equal(spec.Output, Assert.Single(told).Path);
        Assert.StartsWith($"Its output folder {spec.Output} cannot be written: ", failed.Message, StringComparison.Ordinal);
    }

    /// <summary>A run whose folder goes after its last epoch, and which is asked something while it waits.</summary>
    private Task<RunOutcome> WithoutFolderAsync(RunSpec spec, Func<RunDriver, Task> ask) => undisturbed.RunAsync(spec, 1, onEvent: (driver, e) =>
    {
        if (e is RunEvent.EpochDone { Result.Phase: 1, Result.Epoch: 1 })
        {
            Directory.Delete(spec.Output, recursive: true);
        }
        else if (e is RunEvent.StorageUnavailable)
        {
            _ = ask(driver);
        }
    });
}
