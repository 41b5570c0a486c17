using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Replicas;

namespace DistributedFreeze.Training.Runs;

/// <summary>Law 3 with every option of training on at once.</summary>
[Slow]
public sealed class TrainingOptionsTests : IDisposable
{
    private readonly SmallRuns _runs = new();

    [Fact]
    public async Task WithAllOptions_ARunEndsWithTheSameBitsOnAnyNumberOfReplicasAndResumed()
    {
        using var kept = new KeptWorkspaces();
        var workspaces = kept.Of(Spec("whole"));
        var whole = (await LocalRun.RunAsync(Spec("whole"), 1, workspaces: workspaces)).Receipt!;

        AssertSame(whole, (await LocalRun.RunAsync(Spec("two"), 2, workspaces: workspaces)).Receipt!);
        AssertSame(whole, await StoppedAsync(Spec("stopped"), 4, workspaces));
    }

    /// <summary>What each option does, other tests say; here, that it is done where the head alone trains, in a loop of its own.</summary>
    [Fact]
    public async Task EachOption_ReachesTheHead()
    {
        var plain = Head("plain");
        var phase = plain.Phases[0];
        var decayed = phase.Optimizer with { Kind = OptimizerKind.AdamW, WeightDecay = 0.1 };
        RunSpec[] specs =
        [
            plain,
            plain with { LabelSmoothing = 0.1 },
            plain with { Mixup = 0.4 },
            plain with { FeatureAugmentation = new() { Brightness = 0.4 } },
            plain with { Data = plain.Data with { Augmentation = new() { Erase = 0.9 } } },
            plain with { Data = plain.Data with { Augmentation = new() { Mixup = 0.4 } } },
            plain with { Data = plain.Data with { Augmentation = new() { Cutmix = 1 } } },
            plain with { Sampling = ImageSampling.Balanced },
            plain with { ClassFactors = FirstTwice() },
            plain with { Phases = [phase with { ClipNorm = 0.5 }] },
            plain with { Phases = [phase with { Ema = 0.7 }] },
            plain with { Phases = [phase with { Schedule = new() { Kind = ScheduleKind.OneCycle } }] },
            plain with { Phases = [phase with { Schedule = new() { Kind = ScheduleKind.Step, StepEpochs = 1 } }] },
            plain with { Phases = [phase with { Optimizer = decayed }] },
            plain with { Phases = [phase with { Optimizer = decayed with { WeightDecayOn = DecayedParameters.All } }] },
        ];

        var models = new List<string>();
        foreach (var (i, spec) in specs.Index())
        {
            models.Add((await LocalRun.RunAsync(spec with { Output = _runs.In($"option-{i}") }, 1)).Receipt!.ModelSha256);
        }

        Assert.Distinct(models);
    }

    [Fact]
    public async Task MixedPixelsAndChangedFeatures_GiveTheSameBitsOnAnyNumberOfReplicas_CachedOrNot()
    {
        var spec = Head("mixed");
        spec = spec with
        {
            Data = spec.Data with { Augmentation = new() { Flip = 0.5, Erase = 0.5, Mixup = 0.4, Cutmix = 1, Views = 1 } },
            Phases = [spec.Phases[0] with { Epochs = 2 }],
            Features = spec.Features with { Cache = FeatureCacheMode.On },
            FeatureAugmentation = new() { Brightness = 0.4, Contrast = 0.3, PerChannel = true },
        };

        var one = (await LocalRun.RunAsync(spec, 1)).Receipt!;
        var three = (await LocalRun.RunAsync(spec with { Output = _runs.In("mixed-3"), Features = spec.Features with { Cache = FeatureCacheMode.Off } }, 3)).Receipt!;

        Assert.Equal((one.ModelSha256, one.TestLoss), (three.ModelSha256, three.TestLoss));
    }

    [Theory]
    [InlineData(KeptEpoch.Last)]
    [InlineData(KeptEpoch.Best)]
    public async Task TheAverage_IsWhatIsValidatedAndKept(KeptEpoch keep)
    {
        TestOnWhatIsValidated();
        var spec = Head($"average-{keep}");
        var phase = spec.Phases[0] with { Keep = keep, Ema = 0.7 };
        var receipt = (await LocalRun.RunAsync(spec with { Phases = [phase] }, 1)).Receipt!;

        Assert.Equal(receipt.Epochs[receipt.Phases[0].KeptEpoch!.Value].ValidationLoss, receipt.TestLoss);
    }

    [Fact]
    public async Task AnAverageThatForgetsAtOnce_IsTheWeights()
    {
        var spec = Head("forgetful");
        var phase = spec.Phases[0];

        var plain = (await LocalRun.RunAsync(spec, 1)).Receipt!;
        var averaged = (await LocalRun.RunAsync(spec with { Output = _runs.In("forgetful-2"), Phases = [phase with { Ema = 1e-30 }] }, 1)).Receipt!;

        Assert.Equal(plain.ModelSha256, averaged.ModelSha256);
        Assert.Equal(plain.Epochs.Select(epoch => epoch.ValidationLoss), averaged.Epochs.Select(epoch => epoch.ValidationLoss));
    }

    [Fact]
    public async Task AWeightOfAClassThatTheDataLacks_IsRefusedBeforeAnythingStarts()
    {
        var spec = Head("refused") with { ClassFactors = NamedNumbers.Of(new() { ["nobody"] = 2 }) };

        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => LocalRun.RunAsync(spec, 1));

        Assert.Equal("class_weights", Assert.Single(refused.Problems).Field);
    }

    public void Dispose() => _runs.Dispose();

    private RunSpec Spec(string output)
    {
        var spec = _runs.TwoPhases(output);
        return spec with { Data = spec.Data with { ImageSize = 33 }, LabelSmoothing = 0.1, Mixup = 0.4, FeatureAugmentation = new() { Brightness = 0.4, Contrast = 0.3 }, ClassFactors = FirstTwice(), Sampling = ImageSampling.Balanced, Phases = [.. spec.Phases.Select(With)] };
    }

    /// <summary>The test at a run's end then scores the model that is kept on the images that scored its epochs.</summary>
    private void TestOnWhatIsValidated()
    {
        Directory.Delete(Path.Combine(_runs.Data, "test"), recursive: true);
        foreach (var file in Directory.GetFiles(Path.Combine(_runs.Data, "val"), "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(_runs.Data, "test", Path.GetRelativePath(Path.Combine(_runs.Data, "val"), file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    private NamedNumbers FirstTwice()
    {
        var first = Directory.GetDirectories(Path.Combine(_runs.Data, "train")).Select(Path.GetFileName).Order(StringComparer.Ordinal).First();
        return NamedNumbers.Of(new() { [first!] = 2 });
    }

    private RunSpec Head(string output)
    {
        var spec = _runs.TwoPhases(output);
        return spec with { Data = spec.Data with { ImageSize = 33 }, Phases = [spec.Phases[0] with { Keep = KeptEpoch.Last }] };
    }

    private static PhaseSpec With(PhaseSpec phase, int index) => phase with
    {
        ClipNorm = 0.5,
        Ema = 0.7,
        Schedule = new() { Kind = index == 0 ? ScheduleKind.OneCycle : ScheduleKind.Step, StepEpochs = 1 },
        Optimizer = phase.Optimizer with
        {
            Kind = OptimizerKind.AdamW,
            WeightDecay = 0.1,
            LayerDecay = 0.75,
            Rates = index == 0 ? NamedNumbers.None : NamedNumbers.Of(new() { ["conv5_*_bn"] = 0.1 }),
        },
    };

    /// <summary>Stops in the middle of the second phase, and goes on with another number of replicas.</summary>
    private static async Task<Receipt> StoppedAsync(RunSpec spec, int replicas, RunWorkspaces workspaces)
    {
        await LocalRun.RunAsync(spec, replicas, onEvent: (driver, happened) =>
        {
            if (happened is RunEvent.EpochDone { Result: { Phase: 1, Epoch: 0 } })
            {
                _ = driver.RequestStop();
            }
        }, workspaces: workspaces);
        return (await LocalRun.RunAsync(spec, replicas - 1, resume: true, workspaces: workspaces)).Receipt!;
    }

    private static void AssertSame(Receipt whole, Receipt other)
    {
        Assert.Equal(whole.ModelSha256, other.ModelSha256);
        Assert.Equal(whole.TrainLoss, other.TrainLoss);
        Assert.Equal(whole.TestLoss, other.TestLoss);
        Assert.Equal(UndisturbedRun.AsJson(whole), UndisturbedRun.AsJson(other));
    }
}
