using DistributedFreeze.Freezing;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Runs;

/// <summary>Law 3: parallelism never changes the result.</summary>
[Slow]
public sealed class ParallelismTests
{
    [Theory]
    [InlineData(BatchNormMode.Inference)]
    [InlineData(BatchNormMode.Train)]
    public async Task TheSameSpec_GivesTheSameBitsOnOneTwoThreeAndFourReplicas(BatchNormMode batchNorm)
    {
        using var runs = new SmallRuns();
        var files = new List<byte[]>();
        var receipts = new List<Receipt>();
        foreach (var replicas in (int[])[1, 2, 3, 4])
        {
            var spec = runs.TwoPhases($"on-{replicas}");
            spec = spec with
            {
                Data = spec.Data with { ImageSize = 33 },
                Phases = [spec.Phases[0], spec.Phases[1] with { Freeze = new FreezePolicy.LastLayers(10), BatchNorm = batchNorm }], // convolutions of 3x3 pixels, too
            };
            receipts.Add((await LocalRun.RunAsync(spec, replicas)).Receipt!);
            files.Add(File.ReadAllBytes(Path.Combine(spec.Output, "model.safetensors")));
        }

        Assert.All(receipts, receipt => Assert.Equal(receipts[0].ModelSha256, receipt.ModelSha256));
        Assert.All(files, file => Assert.Equal(files[0], file));
        Assert.All(receipts, receipt => Assert.Equal(receipts[0].TrainLoss, receipt.TrainLoss));
        Assert.All(receipts, receipt => Assert.Equal(receipts[0].TestLoss, receipt.TestLoss));
        Assert.All(receipts, receipt => Assert.Equal(UndisturbedRun.AsJson(receipts[0]), UndisturbedRun.AsJson(receipt)));
        Assert.All(receipts, receipt => Assert.Contains(receipt.Epochs, epoch =>
            (epoch.ValidationLoss, epoch.ValidationBalancedAccuracy, epoch.ValidationMacroF1)
            == (receipt.Validation!.Loss, receipt.Validation.BalancedAccuracy, receipt.Validation.Macro.F1)));
        Assert.All(receipts, receipt => Assert.Equal((receipt.TestLoss, receipt.TestAccuracy), (receipt.Test!.Loss, receipt.Test.Accuracy)));
    }
}
