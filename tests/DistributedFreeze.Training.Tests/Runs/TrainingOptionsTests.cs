using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Runs;

/// <summary>Law 3 with every option of training on at once.</summary>
[Slow]
public sealed class TrainingOptionsTests : IDisposable
{
    private readonly SmallRuns _runs = new();

    [Fact]
    public async Task WithAllOptions_ARunEndsWithTheSameBitsOnAnyNumberOfReplicasAndResumed()
    {
        var whole = (await LocalRun.RunAsync(Spec("whole"), 1)).Receipt!;

        AssertSame(whole, (await LocalRun.RunAsync(Spec("two"), 2)).Receipt!);
        AssertSame(whole, await StoppedAsync(Spec("stopped"), 4));
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
            plain with { ClassFactors = FirstTwice() },
            plain with { Phases = [phase with { ClipNorm = 0.5 }] },
            plain with { Phases = [phase with { Schedule = new() { Kind = ScheduleKind.OneCycle } }] },
            plain with { Phases = [phase with { Schedule = new() { Kind = ScheduleKind.Step, StepEpochs = 1 } }] },
            plain with { Phases = [phase with { Optimizer = decayed }] },
            plain with { Phases = [phase with { Optimizer = decayed with { WeightDecayOn = DecayedParameters.All } }] },
        ];

        var models = new List<string>();
        foreach (var (i, spec) in specs.Index())
        {
            models.Add((await LocalRun.RunAsync(spec with { Output = _runs.Output($"option-{i}") }, 1)).Receipt!.ModelSha256);
        }

        Assert.Distinct(models);
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
        return spec with { Data = spec.Data with { ImageSize = 33 }, LabelSmoothing = 0.1, ClassFactors = FirstTwice(), Phases = [.. spec.Phases.Select(With)] };
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
    private static async Task<Receipt> StoppedAsync(RunSpec spec, int replicas)
    {
        await LocalRun.RunAsync(spec, replicas, onEvent: (driver, happened) =>
        {
            if (happened is RunEvent.EpochDone { Result: { Phase: 1, Epoch: 0 } })
            {
                _ = driver.RequestStop();
            }
        });
        return (await LocalRun.RunAsync(spec, replicas - 1, resume: true)).Receipt!;
    }

    private static void AssertSame(Receipt whole, Receipt other)
    {
        Assert.Equal(whole.ModelSha256, other.ModelSha256);
        Assert.Equal(whole.TrainLoss, other.TrainLoss);
        Assert.Equal(whole.TestLoss, other.TestLoss);
        Assert.Equal(UndisturbedRun.AsJson(whole), UndisturbedRun.AsJson(other));
    }
}
