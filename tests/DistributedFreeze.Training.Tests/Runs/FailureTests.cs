using System.Runtime.InteropServices;
using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Data;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Replicas;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Runs;

/// <summary>A run that cannot go on ends with its own reason, and writes no model.</summary>
[Slow]
public sealed class FailureTests(UndisturbedRun undisturbed) : IClassFixture<UndisturbedRun>
{
    [Fact]
    public async Task BadInput_LeavesNothingBehind()
    {
        var spec = undisturbed.NewSpec();
        spec = spec with { Model = spec.Model with { Classes = 7 } };
        using var stores = new FeatureStores();

        await Assert.ThrowsAsync<InvalidInputException>(() => LocalRun.RunAsync(spec, replicas: 2, workspaces: new(stores)));

        Assert.False(Directory.Exists(spec.Output));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(2, 2)]
    public async Task AReplicaThatLeavesWithinAWindow_FailsTheRunWithItsOwnReason(int leaving, int window)
    {
        var spec = undisturbed.NewSpec();
        var windows = 0;

        // It leaves without breaking the exchange, as a lost process does: the others must not wait for it.
        var error = await Assert.ThrowsAsync<RunFailedException>(() => undisturbed.RunAsync(
            spec,
            3,
            wrap: (replica, member) => member != leaving ? replica : new WatchedReplica(replica)
            {
                BeforeWindow = _ => ++windows == window ? throw new RunFailedException("The device fell off the bus.") : Task.CompletedTask,
            }));

        Assert.Equal("The device fell off the bus.", error.Message);
        AssertNoModel(spec);
    }

    [Fact]
    public async Task AnImageThatVanishes_FailsTheRunByItsName()
    {
        using var folder = new TemporaryFolder();
        DemoImages.Write(folder.In("images"), seed: 1, size: 33, trainPerClass: 4, validationPerClass: 1, testPerClass: 1);
        var vanishing = Directory.GetFiles(folder.In("images/train/disc"))[0];
        var spec = undisturbed.NewSpec();
        spec = spec with { Data = spec.Data with { Path = folder.In("images") } };

        var error = await Assert.ThrowsAsync<InvalidInputException>(() => LocalRun.RunAsync(spec, 2, onEvent: (_, e) =>
        {
            if (e is RunEvent.Prepared)
            {
                File.Delete(vanishing);
            }
        }));

        Assert.Contains(Path.GetFileName(vanishing), error.Message, StringComparison.Ordinal);
        AssertNoModel(spec);
    }

    [Fact]
    public async Task ALossThatIsNoNumber_FailsTheRunByTheLearningRatesName()
    {
        var spec = Diverging(steps: 28, batch: 4);

        var error = await Assert.ThrowsAsync<RunFailedException>(() => LocalRun.RunAsync(spec, 2));

        Assert.StartsWith("The loss became", error.Message, StringComparison.Ordinal);
        Assert.Contains("`phases[0].optimizer.learning_rate` (100)", error.Message, StringComparison.Ordinal);
        AssertNoModel(spec);
    }

    [Fact]
    public async Task AValidationLossThatIsNoNumber_FailsTheRunByTheLearningRatesName()
    {
        var spec = Diverging(steps: 28, batch: 28);

        var error = await Assert.ThrowsAsync<RunFailedException>(() => LocalRun.RunAsync(spec, 2));

        Assert.StartsWith("The validation loss became", error.Message, StringComparison.Ordinal);
        Assert.Contains("`phases[0].optimizer.learning_rate` (100)", error.Message, StringComparison.Ordinal);
        AssertNoModel(spec);
    }

    [Fact]
    public async Task AFrozenLayerThatChanges_FailsTheRunByItsName()
    {
        var spec = undisturbed.NewSpec();
        using var own = new UndisturbedRun.OwnWorkspace(spec, damages: true);

        var error = await Assert.ThrowsAsync<RunFailedException>(() => own.RunAsync(2, onEvent: (_, e) =>
        {
            if (e is RunEvent.EpochDone { Result.Epoch: 0, Result.Phase: 1 })
            {
                using var change = own.Weights["conv3_block2_2_bn.running_var"].narrow(0, 5, 1).add_(1e-3);
            }
        }));

        Assert.Contains("conv3_block2_2_bn", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, error.ChangedLayers);
        AssertNoModel(spec);
    }

    /// <summary>What a later phase opens begins with what the base has then: all that was trained over it before, and it, would be wrong.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task AFrozenLayerThatChangesBeforeItIsOpened_FailsTheRunByItsName(int replicas)
    {
        var spec = undisturbed.NewSpec();
        using var own = new UndisturbedRun.OwnWorkspace(spec, damages: true);

        var error = await Assert.ThrowsAsync<RunFailedException>(() => own.RunAsync(replicas, onEvent: (_, e) =>
        {
            if (e is RunEvent.WindowDone { Phase: 0, Step: 1 })
            {
                FlipBit(own.Weights["conv5_block3_3_conv.weight"]);
            }
        }));

        Assert.Contains("conv5_block3_3_conv", error.Message, StringComparison.Ordinal);
        Assert.Contains("here/cpu:0", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, error.ChangedLayers);
        AssertNoModel(spec);
    }

    [Fact]
    public async Task AFrozenLayerThatChangesBeforeAPause_LeavesNeitherCheckpointNorFeatures()
    {
        using var runs = new SmallRuns();
        var spec = undisturbed.NewSpec();
        spec = spec with { Features = new() { Cache = FeatureCacheMode.On, Directory = runs.In("cache"), DiskBytes = 1L << 30 } };
        using (var own = new UndisturbedRun.OwnWorkspace(spec, damages: true))
        {
            var windows = 0;

            await Assert.ThrowsAsync<RunFailedException>(() => own.RunAsync(2, onEvent: (driver, e) =>
            {
                if (e is RunEvent.WindowDone && ++windows == 2)
                {
                    FlipBit(own.Weights["conv3_block2_2_conv.weight"]);
                    driver.RequestStop();
                }
            }));
        }

        Assert.False(File.Exists(new OutputFolder(spec.Output).Checkpoint));
        Assert.All(Directory.GetFiles(runs.In("cache"), "*.features", SearchOption.AllDirectories), file => Assert.Equal(4096, new FileInfo(file).Length));
        undisturbed.AssertSame(await LocalRun.RunAsync(spec, 2, resume: true), spec, 2);
    }

    private static void FlipBit(Tensor weights)
    {
        var values = MemoryMarshal.Cast<byte, int>(weights.bytes);
        values[values.Length / 3] ^= 1 << 20;
    }

    [Fact]
    public async Task ReplicasThatReportOtherLosses_FailTheRun()
    {
        var spec = undisturbed.NewSpec();

        var error = await Assert.ThrowsAsync<RunFailedException>(() => undisturbed.RunAsync(
            spec,
            2,
            wrap: (replica, member) => member == 0 ? replica : new WatchedReplica(replica)
            {
                WindowDone = report => report with { Losses = [.. report.Losses.Select(MathF.BitIncrement)] },
            }));

        Assert.Contains("Replica 1 and replica 0", error.Message, StringComparison.Ordinal);
        AssertNoModel(spec);
    }

    [Theory]
    [InlineData("data.path")]
    [InlineData("model.weights")]
    public async Task ReplicasThatLoadedOtherContent_AreRefused(string field)
    {
        var error = await Assert.ThrowsAsync<InvalidInputException>(() => undisturbed.RunAsync(
            undisturbed.NewSpec(),
            2,
            wrap: (replica, member) => member == 0 ? replica : new WatchedReplica(replica)
            {
                Prepared = ready => field == "data.path" ? ready with { DataHash = "other" } : ready with { BaseHash = "other" },
            }));

        Assert.Equal(field, error.Problems[0].Field);
    }

    /// <summary>A weight decay of 1 at a rate of 100 multiplies every weight by -99 a step, and so the logits by its fourth power.</summary>
    private RunSpec Diverging(int steps, int batch)
    {
        var spec = undisturbed.NewSpec();
        return spec with
        {
            BatchSize = batch,
            Model = new() { Head = new() { Hidden = [8, 8, 8] } },
            Phases = [new() { Epochs = steps * batch / 28, Optimizer = new() { Kind = OptimizerKind.Sgd, LearningRate = 100, WeightDecay = 1 } }],
        };
    }

    private static void AssertNoModel(RunSpec spec)
    {
        var output = new OutputFolder(spec.Output);
        Assert.False(File.Exists(output.Model));
        Assert.False(File.Exists(output.Receipt));
    }
}
