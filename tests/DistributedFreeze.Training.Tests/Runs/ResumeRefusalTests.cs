using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Data;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Checkpoints;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Runs;

/// <summary>A checkpoint goes on with the run that wrote it and with no other, and whole or not at all.</summary>
[Slow]
public sealed class ResumeRefusalTests(ResumeRefusalTests.InterruptedRun interrupted) : IClassFixture<ResumeRefusalTests.InterruptedRun>
{
    public static TheoryData<string, Func<RunSpec, RunSpec>> OtherSpecs => new()
    {
        { "seed", spec => spec with { Seed = 4 } },
        { "batch", spec => spec with { BatchSize = 8 } },
        { "shards", spec => spec with { Shards = 2 } },
        { "rate", spec => spec with { Phases = [spec.Phases[0], spec.Phases[1] with { Optimizer = new() { LearningRate = 0.5 } }] } },
        { "mask", spec => spec with { Phases = [spec.Phases[0], spec.Phases[1] with { Freeze = new FreezePolicy.LastLayers(3) }] } },
        { "fewer phases", spec => spec with { Phases = [spec.Phases[0]] } },
        { "more phases", spec => spec with { Phases = [.. spec.Phases, spec.Phases[0]] } },
        { "batch norm", spec => spec with { Phases = [spec.Phases[0], spec.Phases[1] with { BatchNorm = BatchNormMode.Train }] } },
        { "preprocessing", spec => spec with { Data = spec.Data with { Preprocessing = Preprocessing.Tf } } },
        { "first weights", spec => spec with { Model = spec.Model with { Head = spec.Model.Head with { Init = HeadInit.Glorot } } } },
        { "head", spec => spec with { Model = new() } },
    };

    [Theory]
    [MemberData(nameof(OtherSpecs))]
    public async Task AnotherSpec_IsRefused(string what, Func<RunSpec, RunSpec> change)
    {
        Assert.NotEmpty(what);

        await AssertRefusedAsync(change(interrupted.Spec), "belongs to another spec");
    }

    [Fact]
    public async Task OtherImages_AreRefused()
    {
        using var folder = new TemporaryFolder();
        DemoImages.Write(folder.In("images"), seed: 2, size: 48, trainPerClass: 7, validationPerClass: 2, testPerClass: 3);

        // Where the images lie is no part of the spec; what they are is.
        var spec = interrupted.Spec with { Data = interrupted.Spec.Data with { Path = folder.In("images") } };

        await AssertRefusedAsync(spec, "belongs to other images", () => LocalRun.RunAsync(spec, 1, resume: true));
    }

    [Fact]
    public async Task OtherBaseWeights_AreRefused()
    {
        interrupted.Rewrite(stamp => stamp with { BaseHash = new('0', 64) });

        await AssertRefusedAsync(interrupted.Spec, "belongs to other base weights");
    }

    [Fact]
    public async Task AnotherMask_IsRefused()
    {
        interrupted.Rewrite(stamp => stamp with { MaskHash = new('0', 64) });

        await AssertRefusedAsync(interrupted.Spec, "belongs to another freeze mask");
    }

    [Theory]
    [InlineData(0.999, "is damaged")]
    [InlineData(0.5, "is damaged")]
    public async Task ADamagedCheckpoint_IsRefused(double place, string reason)
    {
        interrupted.Damage(bytes => bytes[(int)(place * bytes.Length)] ^= 1);

        await AssertRefusedAsync(interrupted.Spec, reason);
    }

    [Fact]
    public async Task ACheckpointWithAnotherProgress_IsRefused()
    {
        interrupted.Damage(bytes =>
        {
            var place = bytes.AsSpan().IndexOf("lossSum"u8);
            var digit = place + bytes.AsSpan(place).IndexOfAnyInRange((byte)'1', (byte)'8');
            bytes[digit]++;
        });

        await AssertRefusedAsync(interrupted.Spec, "is damaged");
    }

    [Theory]
    [InlineData("\"phase\":9")]
    [InlineData("\"phase\":-1")]
    [InlineData("\"phase\":1,\"epoch\":9")]
    [InlineData("\"phase\":1,\"step\":-1")]
    public async Task ACheckpointWhereTheRunNeverComes_IsRefused(string place)
    {
        interrupted.Rewrite(stamp => stamp with { Progress = $"{{{place}}}" });

        await AssertRefusedAsync(interrupted.Spec, "where the run never comes");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(300)]
    [InlineData(100_000)]
    public async Task ATruncatedCheckpoint_IsRefused(int length)
    {
        interrupted.Truncate(length);

        await AssertRefusedAsync(interrupted.Spec, "checkpoint.safetensors");
    }

    [Fact]
    public void AFinishedRun_HasNothingToResume()
    {
        var error = Assert.Throws<InvalidInputException>(() => interrupted.Base.Output.ReadSpec("--resume"));

        Assert.Equal("--resume", error.Problems[0].Field);
        Assert.Contains("finished run", error.Message, StringComparison.Ordinal);
    }

    private async Task AssertRefusedAsync(RunSpec spec, string reason, Func<Task>? resume = null)
    {
        var before = File.ReadAllBytes(interrupted.Output.Checkpoint);
        try
        {
            var error = await Assert.ThrowsAsync<InvalidInputException>(resume ?? (() => interrupted.Base.RunAsync(spec, 2, resume: true)));

            Assert.Contains(reason, error.Message, StringComparison.Ordinal);
            Assert.Equal(before, File.ReadAllBytes(interrupted.Output.Checkpoint));
            Assert.False(File.Exists(interrupted.Output.Model));
        }
        finally
        {
            interrupted.Mend();
        }
    }

    /// <summary>A run that was interrupted in its second phase.</summary>
    public sealed class InterruptedRun(UndisturbedRun.Once once) : IAsyncLifetime
    {
        private byte[] _checkpoint = [];

        public UndisturbedRun Base { get; } = new(once);

        public RunSpec Spec { get; private set; } = null!;

        public OutputFolder Output { get; private set; } = new("");

        public async ValueTask InitializeAsync()
        {
            await Base.InitializeAsync();
            Spec = Base.NewSpec();
            Output = new(Spec.Output);
            var windows = 0;
            await Base.RunAsync(Spec, 2, onEvent: (driver, e) => _ = e is RunEvent.WindowDone && ++windows == 3 ? driver.RequestStop() : Task.CompletedTask);
            _checkpoint = File.ReadAllBytes(Output.Checkpoint);
        }

        public ValueTask DisposeAsync() => Base.DisposeAsync();

        public void Mend() => File.WriteAllBytes(Output.Checkpoint, _checkpoint);

        public void Truncate(int length) => File.WriteAllBytes(Output.Checkpoint, _checkpoint[..length]);

        public void Damage(Action<byte[]> change)
        {
            var bytes = (byte[])_checkpoint.Clone();
            change(bytes);
            File.WriteAllBytes(Output.Checkpoint, bytes);
        }

        internal void Rewrite(Func<CheckpointStamp, CheckpointStamp> change)
        {
            using var scope = NewDisposeScope();
            var stamp = CheckpointHeader.Read(Output.Checkpoint);
            var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
            using (var file = SafetensorsFile.Open(Output.Checkpoint))
            {
                foreach (var info in file.Tensors)
                {
                    tensors.Add(info.Name, TensorFile.Read(file, info, CPU));
                }
            }

            CheckpointFile.Write(Output.Checkpoint, change(stamp), tensors, [], []);
        }
    }
}
