using System.Text.Json.Nodes;
using DistributedFreeze.Cli;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Crossval;
using DistributedFreeze.Data;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Client.Tests.Commands;

/// <summary><c>dfreeze crossval</c> on real grains.</summary>
[Slow(seconds: 30)]
public sealed class CrossvalTests : IDisposable
{
    private readonly DrawnImages _images = new();

    /// <summary>Three runs; the second time none, but one that was taken away.</summary>
    [Fact]
    public async Task EachFold_IsTheTestOfAnOrdinaryRun_AndWhatIsDoneIsTakenOver()
    {
        var folder = Path.Combine(_images.Path, "train");
        string[] command =
        [
            "crossval", "--data", folder, "--image-size", "40", "--batch", "8", "--shards", "4", "--lr", "0.01", "--epochs", "2", "--random-weights", "--replicas", "1",
            "--folds", "3", "--validation-share", "0", "--cache-dir", _images.In("cache"), "--output", _images.In("cv"),
        ];

        var first = await CommandRun.EmbeddedAsync([.. command, "--json"]);

        Assert.True(first.ExitCode == 0, first.Error);
        var json = JsonNode.Parse(first.Output)!;
        Receipt[] receipts = [.. Enumerable.Range(1, 3).Select(fold => _images.Receipt($"cv/fold{fold}"))];
        Assert.Equal(Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Length, (int)json["outOfFold"]!["images"]!);
        Assert.Equal(receipts.Sum(receipt => receipt.Test?.Images ?? 0), (int)json["outOfFold"]!["images"]!);
        Assert.Equal(receipts.Select(receipt => receipt.ModelSha256), json["runs"]!.AsArray().Select(run => (string)run!["modelSha256"]!));
        Assert.Equal([1, 2, 3], receipts.Select(receipt => receipt.Spec.Data.Fold));
        Assert.Equal([true, false, false], receipts.Select(receipt => receipt.Predictions[0].FeaturesComputed > 0)); // one pass over the images
        Assert.Equal(first.Output.Trim(), JsonNode.Parse(await File.ReadAllTextAsync(_images.In("cv/crossval.json"), TestContext.Current.CancellationToken))!.ToJsonString(RunJson.Compact));

        Directory.Delete(_images.In("cv/fold2"), recursive: true);
        var (interrupted, known) = await InterruptedAsync("fold 1 of 3 was done before: accuracy ", command);
        Assert.Equal(130, interrupted);
        Assert.Contains("Accuracy of 1 of 3 folds: mean ", known, StringComparison.Ordinal);

        var again = await CommandRun.EmbeddedAsync(command);

        Assert.True(again.ExitCode == 0, again.Error);
        Assert.Contains("fold 2 of 3 done: accuracy ", again.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("fold 1 of 3 done", again.Error, StringComparison.Ordinal);
        Assert.Equal(receipts[1].ModelSha256, _images.Receipt("cv/fold2").ModelSha256);
        Assert.Matches(@"Accuracy of 3 of 3 folds: mean \d+\.\d %, \d+\.\d % to \d+\.\d %", again.Output);
        Assert.Matches(@"Out of fold, 20 images: accuracy \d+\.\d % \(\d+\.\d to \d+\.\d\), balanced ", again.Output);

        var other = await CommandRun.EmbeddedAsync([.. command, "--seed", "1"]);
        Assert.Equal(2, other.ExitCode);
        Assert.Contains("--output: must be a new folder, or one of this cross-validation", other.Error, StringComparison.Ordinal);

        var receipt = _images.In("cv/fold2/receipt.json");
        await File.WriteAllTextAsync(
            receipt, (await File.ReadAllTextAsync(receipt, TestContext.Current.CancellationToken)).Replace(receipts[1].BaseSha256, new string('0', 64), StringComparison.Ordinal), TestContext.Current.CancellationToken);
        var weights = await CommandRun.EmbeddedAsync(command);
        Assert.Equal(2, weights.ExitCode);
        Assert.Contains($"the run in {_images.In("cv/fold2")} began with other weights than those that are given now", weights.Error, StringComparison.Ordinal);

        DemoImages.Write(_images.In("more"), seed: 9, size: 40, trainPerClass: 1, validationPerClass: 1, testPerClass: 1);
        File.Copy(Directory.GetFiles(_images.In("more/train"), "*", SearchOption.AllDirectories)[0], Path.Combine(Directory.GetDirectories(folder)[0], "new.png"));
        var changed = await CommandRun.EmbeddedAsync(command);
        Assert.Equal(2, changed.ExitCode);
        Assert.Contains("are others than when the run in", changed.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("images")]
    [InlineData("images/cv")]
    public async Task AnOutputAmongTheImages_IsRefused(string output)
    {
        var run = await CommandRun.OfAsync("crossval", "--data", _images.Path, "--random-weights", "--epochs", "1", "--output", _images.In(output));

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith($"error: --output: must be outside of the images: {_images.In(output)} lies in ", run.ErrorLines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Folds_ArePutTogetherImageByImage()
    {
        var document = CrossvalDocument.Of(3, [(1, "a", Tested((3, 1), 0.5)), (2, "b", Tested((1, 0), 0.2)), (3, "c", Results.ToldRuns.Receipt with { Test = null })]);

        Assert.Equal((0.875, 0.75, 1.0), (document.MeanAccuracy, document.LowestAccuracy, document.HighestAccuracy));
        Assert.Equal((5, 0.8, 0.44), (document.OutOfFold!.Images, document.OutOfFold.Accuracy, Math.Round(document.OutOfFold.Loss, 10)));
        Assert.InRange(0.8, document.OutOfFold.AccuracyLow, document.OutOfFold.AccuracyHigh);
        Assert.Equal([("a", 0.8, 5L), ("b", 0.0, 0)], document.OutOfFold.Classes.Select(one => (one.Class, one.Recall, one.Support)));
        Assert.Equal([4, 1, 0], document.Runs.Select(run => run.Images));
    }

    public void Dispose() => _images.Dispose();

    /// <summary>Ctrl-C as soon as a line is on the error output.</summary>
    private static async Task<(int ExitCode, string Output)> InterruptedAsync(string line, string[] command)
    {
        using var interrupt = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        using var output = new StringWriter();
        await using var error = new Trigger(line, interrupt);
        var console = new CommandConsole(output, error, outputIsTerminal: false, errorIsTerminal: false);
        return (await Dfreeze.RunAsync(command, console, Runners.Embedded, interrupt.Token), output.ToString());
    }

    private sealed class Trigger(string line, CancellationTokenSource interrupt) : StringWriter
    {
        public override void Write(string? value)
        {
            base.Write(value);
            if (value?.Contains(line, StringComparison.Ordinal) == true)
            {
                interrupt.Cancel();
            }
        }
    }

    /// <summary>Images of class a, right and wrong.</summary>
    private static Receipt Tested((int Right, int Wrong) images, double loss) => Results.ToldRuns.Receipt with
    {
        Test = new()
        {
            Images = images.Right + images.Wrong,
            Loss = loss,
            Accuracy = (double)images.Right / (images.Right + images.Wrong),
            AccuracyLow = 0,
            AccuracyHigh = 1,
            BalancedAccuracy = 1,
            Macro = new(1, 1, 1),
            Weighted = new(1, 1, 1),
            Classes = [],
            Confusion = [new("a", "a", images.Right), new("a", "b", images.Wrong)],
        },
    };
}
