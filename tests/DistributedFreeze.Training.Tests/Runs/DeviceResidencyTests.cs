using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using DistributedFreeze.Coordination;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Errors;
using DistributedFreeze.Exchange;
using DistributedFreeze.Exchange.Sockets;
using DistributedFreeze.Freezing;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Features;
using DistributedFreeze.Training.Models;
using DistributedFreeze.Training.Replicas;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Runs;

/// <summary>The way of a GPU, on the processor: gradients, losses and features stay on the device, and no bit changes.</summary>
[Slow]
[SuppressMessage("Usage", "CA2201", Justification = "What libtorch throws is what is tested.")]
public sealed class DeviceResidencyTests : IDisposable
{
    private static readonly DeviceResidency Everything = new(OnProcessor: true, Budget: null);

    private readonly SmallRuns _runs = new();
    private readonly KeptWorkspaces _kept = new(); // what runs of one spec load is the same, wherever it then lies

    public void Dispose()
    {
        _kept.Dispose();
        _runs.Dispose();
    }

    public static TheoryData<string> Options =>
        ["plain", "batch norms train, averaged, halves", "clipped, adamw", "features mixed, smoothed, balanced", "features changed, weighted", "views", "no cache"];

    [Theory]
    [MemberData(nameof(Options))]
    public async Task ATailOnADevice_HasTheBitsOfHostMemory_OnAnyNumberOfReplicas(string option)
    {
        var layers = option is "plain" or "batch norms train, averaged, halves" ? 10 : 4;
        var receipts = new List<Receipt>();
        foreach (var replicas in (int[])[1, 3])
        {
            receipts.Add(await RunAsync(Tail($"{option} {replicas}", option, layers), replicas, Everything));
        }

        var host = await RunAsync(Tail($"{option} host", option, layers), replicas: 2, DeviceResidency.OfGpus);

        // A norm is added up in another order on a device, so that what it clips has other low bits.
        Assert.All(option.StartsWith("clipped", StringComparison.Ordinal) ? receipts : [.. receipts, host], receipt => AssertSame(receipts[0], receipt));
        Assert.Equal(host.TestLoss!.Value, receipts[0].TestLoss!.Value, 1e-3);
    }

    [Fact]
    public async Task AHeadAloneOnADevice_GivesTheSameBitsOnAnyNumberOfReplicas_AndWhatTheProcessorsLoopGives()
    {
        var receipts = new List<Receipt>();
        foreach (var replicas in (int[])[1, 4])
        {
            receipts.Add(await RunAsync(_runs.TwoPhases($"head {replicas}"), replicas, Everything));
        }

        var host = await RunAsync(_runs.TwoPhases("head host"), replicas: 1, DeviceResidency.OfGpus);

        Assert.All(receipts, receipt => AssertSame(receipts[0], receipt));
        Assert.Equal(host.TestLoss!.Value, receipts[0].TestLoss!.Value, 1e-3);
    }

    [Fact]
    public async Task HowManyImagesHaveRoom_ChangesNothing()
    {
        const int Elements = 2 * 2 * 2048; // conv5_block2_out at 33 pixels
        var all = await RunAsync(Tail("roomy", "plain"), replicas: 1, Everything);
        foreach (var images in (int[])[0, 5])
        {
            AssertSame(all, await RunAsync(Tail($"room for {images}", "plain"), replicas: 2, Everything with { Budget = images * Elements * sizeof(float) }));
        }
    }

    /// <summary>A block of a GPU holds many images; which of them stand beside each other in it is chance.</summary>
    [Theory]
    [InlineData(PrefixEngine.Onnx)]
    [InlineData(PrefixEngine.Torch)]
    public async Task ALargerBlock_GivesTheSameBitsOnAnyNumberOfReplicas_AndNearlyThoseOfSmallOnes(PrefixEngine engine)
    {
        var large = Everything with { Block = 32 };
        RunSpec Spec(string name) => Tail($"{name} {engine}", "plain") is var spec ? spec with { Features = spec.Features with { Engine = engine } } : spec;

        var one = await RunAsync(Spec("one"), replicas: 1, large);
        var three = await RunAsync(Spec("three"), replicas: 3, large);
        using var others = new FeatureStores();
        var small = (await LocalRun.RunAsync(Spec("small"), 1, workspaces: new(others) { Residency = Everything })).Receipt!;

        AssertSame(one, three);
        Assert.Equal(small.TestLoss!.Value, one.TestLoss!.Value, 1e-3);
        using var stores = new FeatureStores();
        using var workspace = RunWorkspace.Load(Spec("blocks"), stores, TestContext.Current.CancellationToken);
        var before = FeatureKeys.Of(workspace.Features, 0, 0, "", CPU);
        workspace.Features.Residency = large;
        Assert.NotEqual(before, FeatureKeys.Of(workspace.Features, 0, 0, "", CPU));
        using var network = new NetworkState(workspace.Weights.On(CPU));
        using var evaluates = workspace.Features.Engines.Create(0, [workspace.Run.Table.Layers.Length], network, CPU);
        Assert.Equal(32, evaluates.Request.BlockSize);
    }

    /// <summary>By a GPU's memory alone: what is free at the moment would change the bits from run to run.</summary>
    [Theory]
    [InlineData(141, 224, 256)]
    [InlineData(24, 224, 256)]
    [InlineData(16, 224, 128)]
    [InlineData(8, 224, 64)]
    [InlineData(141, 512, 64)]
    [InlineData(80, 1024, 16)]
    [InlineData(4, 1024, 8)]
    [InlineData(0, 224, 8)]
    public void AGpusBlock_IsAsLargeAsItsMemoryTakes(long gibibytes, int imageSize, int expected) =>
        Assert.Equal(expected, DeviceResidency.BlockIn(gibibytes << 30, imageSize));

    [Fact]
    public async Task ALossThatIsNoNumber_IsToldWithItsOwnStep_ThoughItIsReadWhenTheWindowEnds()
    {
        var onDevice = await Assert.ThrowsAsync<RunFailedException>(() => RunAsync(Diverging("diverges"), replicas: 1, Everything));
        var inHost = await Assert.ThrowsAsync<RunFailedException>(() => RunAsync(Diverging("diverges in host"), replicas: 1, DeviceResidency.OfGpus));

        Assert.Equal(inHost.Message, onDevice.Message);
    }

    /// <summary>None of them holds a state from before, by which a damaged one could be told: so it is tried once more.</summary>
    [Fact]
    public async Task TrainingThatDivergesOnSeveralDevices_IsRepeatedOnceAndSaysSo()
    {
        var (spec, events) = (Diverging("diverges on two") with { BatchSize = 4 }, new List<RunEvent>()); // steps enough to get there in training

        var error = await Assert.ThrowsAsync<RunFailedException>(
            () => LocalRun.RunAsync(spec, 2, workspaces: Workspaces(spec, Everything), onEvent: (_, e) => events.Add(e), time: new ManualClock()));

        Assert.True(error.IsDivergence);
        Assert.Contains("training diverges", Assert.Single(events.OfType<RunEvent.SetBack>()).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARunThatIsInterrupted_GoesOnToTheSameBits()
    {
        var whole = await RunAsync(Tail("whole", "plain"), replicas: 1, Everything);
        var spec = Tail("in parts", "plain");
        var workspaces = Workspaces(spec, Everything);

        var stopped = await LocalRun.RunAsync(spec, 1, workspaces: workspaces, onEvent: (driver, e) =>
        {
            if (e is RunEvent.EpochDone)
            {
                driver.RequestStop();
            }
        });
        var resumed = await LocalRun.RunAsync(spec, 2, resume: true, workspaces: workspaces);

        Assert.NotEqual(RunState.Succeeded, stopped.State);
        AssertSame(whole, resumed.Receipt!);
    }

    /// <summary>Its sums were shown to the others, who may be reading them when it is gone.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public async Task ADeviceThatFailsWhileSumsAreAdded_IsDoneWithout(int step)
    {
        var alone = await RunAsync(Tail($"undisturbed {step}", "plain"), replicas: 1, Everything);
        var spec = Tail($"device fails {step}", "plain") with { Replicas = 3 };
        var (workspaces, exchanges, steps, events) = (Workspaces(spec, Everything), new SharedExchanges(), 0, new List<RunEvent>());
        var members = Enumerable.Range(0, 3)
            .Select(member => new LocalReplica(workspaces, exchanges, $"cpu:{member}") { Around = seat => new Failing((IProcessExchange)seat, () => member == 1 && ++steps >= step) })
            .ToList();
        try
        {
            var driver = new RunDriver(LocalRun.RunId, spec, LocalRun.Pool(members), events.Add, new ManualClock());
            var outcome = await driver.RunAsync(resume: false, TestContext.Current.CancellationToken);

            Assert.Equal(2, outcome.Receipt!.Replicas);
            AssertSame(alone, outcome.Receipt);
            Assert.Equal(2, events.OfType<RunEvent.ReplicaLost>().Count());
            Assert.All(events.OfType<RunEvent.ReplicaLost>(), lost => Assert.Contains("cpu:1 has too little memory", lost.Reason, StringComparison.Ordinal));
        }
        finally
        {
            await Task.WhenAll(members.Select(member => member.ReleaseAsync()));
        }
    }

    private static void AssertSame(Receipt expected, Receipt found)
    {
        Assert.Equal(expected.ModelSha256, found.ModelSha256);
        Assert.Equal(expected.TrainLoss, found.TrainLoss);
        Assert.Equal(UndisturbedRun.AsJson(expected), UndisturbedRun.AsJson(found));
    }

    private RunSpec Diverging(string name)
    {
        var spec = Tail(name, "plain", layers: 10);
        return spec with { Phases = [spec.Phases[0] with { Schedule = new(), Optimizer = new() { Kind = OptimizerKind.Sgd, LearningRate = 100, HeadLearningRate = 100 } }] };
    }

    private async Task<Receipt> RunAsync(RunSpec spec, int replicas, DeviceResidency residency) =>
        (await LocalRun.RunAsync(spec, replicas, workspaces: Workspaces(spec, residency))).Receipt!;

    private RunWorkspaces Workspaces(RunSpec spec, DeviceResidency residency)
    {
        var workspaces = _kept.Of(spec);
        using var lease = workspaces.Join(LocalRun.RunId, spec, TestContext.Current.CancellationToken);
        lease.Workspace.Features.Residency = residency;
        return workspaces;
    }

    /// <summary>A run of one phase that opens the end of the last block, or all of it, with its convolution of 3x3 pixels.</summary>
    private RunSpec Tail(string name, string option, int layers = 4)
    {
        var spec = _runs.TwoPhases(name);
        spec = spec with { Data = spec.Data with { ImageSize = 33 }, Phases = [spec.Phases[1] with { Freeze = new FreezePolicy.LastLayers(layers), Epochs = 3 }] };
        var phase = spec.Phases[0];
        return option switch
        {
            "plain" => spec,
            "batch norms train, averaged, halves" => spec with
            {
                Features = spec.Features with { Type = FeatureType.Fp16 },
                Phases = [phase with { BatchNorm = BatchNormMode.Train, Ema = 0.9 }],
            },
            "clipped, adamw" => spec with { Phases = [phase with { ClipNorm = 0.5, Optimizer = new() { Kind = OptimizerKind.AdamW, LearningRate = 1e-3, WeightDecay = 1e-2 } }] },
            "features mixed, smoothed, balanced" => spec with { Mixup = 0.4, LabelSmoothing = 0.1, Sampling = ImageSampling.Balanced },
            "features changed, weighted" => spec with { ClassWeights = ClassWeighting.Balanced, FeatureAugmentation = new() { Brightness = 0.4 } },
            "views" => spec with { Data = spec.Data with { Augmentation = new() { Flip = 0.5, Views = 2 } } },
            "no cache" => spec with { Features = spec.Features with { Cache = FeatureCacheMode.Off } },
            _ => throw new ArgumentOutOfRangeException(nameof(option), option, null),
        };
    }

    /// <summary>No step goes through host memory; the state of another replica does, and counts one image.</summary>
    private sealed class Failing(IProcessExchange seat, Func<bool> fails) : IProcessExchange
    {
        public int Member => seat.Member;

        public StepTotal AllReduce(PartialSums sums, int samples, bool wantsStop, CancellationToken cancellationToken)
        {
            Assert.Equal(1, samples);
            return seat.AllReduce(sums, samples, wantsStop, cancellationToken);
        }

        public bool AllReduce<TSums, TSlice>(
            int length, TSums sums, Func<IReadOnlyList<TSums>, TSlice> add, Action<IReadOnlyList<TSlice>> take, bool wantsStop, CancellationToken cancellationToken)
            where TSums : class, IDisposable
            where TSlice : class, IDisposable => seat.AllReduce<TSums, TSlice>(
                length, sums, brought => fails() ? throw new ExternalException("CUDA out of memory. Tried to allocate 2.00 GiB.") : add(brought), take, wantsStop, cancellationToken);

        public void ThrowIfBroken(CancellationToken cancellationToken) => seat.ThrowIfBroken(cancellationToken);
    }
}
