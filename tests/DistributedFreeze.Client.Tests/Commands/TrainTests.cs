using System.Text.Json;
using DistributedFreeze.Client.Tests.Results;

namespace DistributedFreeze.Client.Tests.Commands;

/// <summary><c>dfreeze train</c> on real grains.</summary>
[Slow]
public sealed class TrainTests : IDisposable
{
    private readonly DrawnImages _images = new();

    [Fact]
    public async Task Train_GivesTheSameModelOnOneReplicaAndOnTwo()
    {
        await using var server = await MlflowStandIn.StartAsync();
        var one = await CommandRun.EmbeddedAsync(_images.Train("one", 2, "--replicas", "1", "--json", "--tensorboard", _images.In("curves"), "--mlflow", server.Address));
        var (exitCode, output, error) = await DfreezeProcess.RunAsync(_images.Train("two", 2, "--replicas", "2"));

        Assert.True(one.ExitCode == 0, one.Error);
        Assert.True(exitCode == 0, error);
        Assert.Equal((1, 2), (_images.Receipt("one").Replicas, _images.Receipt("two").Replicas));
        Assert.Equal(_images.Receipt("one").ModelSha256, _images.Receipt("two").ModelSha256);
        using var json = JsonDocument.Parse(one.Output);
        Assert.Equal(_images.Receipt("one").ModelSha256, json.RootElement.GetProperty("modelSha256").GetString());
        Assert.Contains($"{Environment.NewLine}Test accuracy  ", output, StringComparison.Ordinal);
        Assert.Contains("2 replicas", output, StringComparison.Ordinal);
        Assert.Contains("epoch 2/2  loss ", error, StringComparison.Ordinal);
        var curves = EventFileReader.Read(await File.ReadAllBytesAsync(Directory.GetFiles(_images.In("curves/one")).Single(), TestContext.Current.CancellationToken));
        Assert.Equal([3L, 6], curves.Where(message => message.Values.Any(value => value.Tag == "epoch/validation_loss")).Select(message => message.Step));
        Assert.Equal(("test/accuracy", (float)_images.Receipt("one").TestAccuracy!), curves[^1].Values[1]);
        var tracked = Assert.Single(server.Runs);
        Assert.Equal(("one", "FINISHED", _images.Receipt("one").ModelSha256), (tracked.Name, tracked.Status, tracked.Tags["dfreeze.modelSha256"]));
        Assert.Equal(("test/accuracy", _images.Receipt("one").TestAccuracy), (tracked.Metrics[^1].Key, tracked.Metrics[^1].Value));
        Assert.Empty(server.Complaints);
    }

    [Fact]
    public async Task AClassOfAnotherAlphabet_ReadsAsItIsCalled()
    {
        foreach (var split in Directory.GetDirectories(_images.Path))
        {
            Directory.Move(Directory.GetDirectories(split).Order(StringComparer.Ordinal).First(), Path.Combine(split, "Käfer"));
        }

        var run = await CommandRun.EmbeddedAsync(_images.Train("named", 1, "--json"));

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("\"Käfer\"", run.Output, StringComparison.Ordinal);
        Assert.Contains("\"Käfer\"", await File.ReadAllTextAsync(_images.In("named/receipt.json"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ImagesThatAreTrainedAndTestedOn_AreTold_InTheEventsAndTheReceipt()
    {
        var image = Directory.EnumerateFiles(Path.Combine(_images.Path, "train", "disc")).Order(StringComparer.Ordinal).First();
        File.Copy(image, Path.Combine(_images.Path, "test", "disc", "leak.png"));
        var warning = $"1 of 9 test images are also in train or validation, such as test/disc/leak.png, which is the same image as train/disc/{Path.GetFileName(image)}:";

        var run = await CommandRun.EmbeddedAsync(_images.Train("leaky", 1));

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains($"warning: {warning}", run.Error + run.Output, StringComparison.Ordinal);
        Assert.Contains(_images.Receipt("leaky").Warnings, told => told.StartsWith(warning, StringComparison.Ordinal));
        Assert.Contains(warning, await File.ReadAllTextAsync(_images.In("leaky/log.txt"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARunFileOfTwoPhases_Trains()
    {
        var file = _images.Write("run.yaml", """
            data: { path: images, image_size: 40 }
            model: { random_weights: true }
            batch_size: 8
            shards: 4
            output: from-file
            phases:
              - { epochs: 1, learning_rate: 0.01 }
              - { unfreeze_layers: 10, epochs: 1, optimizer: sgd, learning_rate: 0.001 }
            """);

        var run = await CommandRun.EmbeddedAsync("train", "-f", file, "--replicas", "2");

        Assert.True(run.ExitCode == 0, run.Error);
        var receipt = _images.Receipt("from-file");
        Assert.Equal([8_196, 4_465_664 + 8_196], receipt.Phases.Select(phase => phase.TrainableParameters));
        Assert.Equal(2, receipt.TrainLoss.Length);
    }

    [Fact]
    public async Task ALossThatIsNoNumber_EndsWith1AndTheReason()
    {
        var run = await CommandRun.EmbeddedAsync(
            "train", "--data", _images.Path, "--image-size", "40", "--output", _images.In("out"), "--batch", "8", "--epochs", "20",
            "--unfreeze-all", "--optimizer", "sgd", "--lr", "100", "--random-weights");

        Assert.True(run.ExitCode == 1, run.Error);
        Assert.StartsWith("error: ", run.ErrorLines[^1], StringComparison.Ordinal);
        Assert.Contains("loss", run.ErrorLines[^1], StringComparison.Ordinal);
        Assert.Equal("", run.Output);
        Assert.False(File.Exists(_images.In("out/model.safetensors")));
    }

    /// <summary>It trains: what always did still does. But nobody is to take its model for one that was fine-tuned.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WithoutWeights_TheFirstAndTheLastWordIsThatTheBaseIsRandom(bool json)
    {
        string[] silent = [.. _images.Train("out", 1).Except(["--random-weights"]), .. json ? ["--json"] : Array.Empty<string>()];

        var (exitCode, output, error) = await DfreezeProcess.RunAsync(silent);

        Assert.True(exitCode == 0, error);
        var lines = error.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.StartsWith("warning: NO PRE-TRAINED WEIGHTS", lines[0], StringComparison.Ordinal);
        Assert.Contains("--weights FILE", lines[0], StringComparison.Ordinal);
        Assert.Contains("--random-weights", lines[0], StringComparison.Ordinal);
        Assert.Equal(lines[0], lines[^1]);
        Assert.Equal(2, lines.Count(line => line == lines[0]));
        Assert.DoesNotContain("NO PRE-TRAINED WEIGHTS", json ? "" : output, StringComparison.Ordinal);
        Assert.StartsWith("NO PRE-TRAINED WEIGHTS", Assert.Single(_images.Receipt("out").Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RandomWeightsThatAreMeant_NeedNoWarning()
    {
        var run = await CommandRun.EmbeddedAsync(_images.Train("out", 1, "--replicas", "1"));

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.DoesNotContain("warning", run.Error + run.Output, StringComparison.Ordinal);
        Assert.Empty(_images.Receipt("out").Warnings);
        Assert.Contains("preprocessing torch: random weights", run.Error, StringComparison.Ordinal);
        Assert.Equal(Runs.Preprocessing.Torch, _images.Receipt("out").Preprocessing!.Taken);
        Assert.Equal(Runs.Preprocessing.Torch, _images.Receipt("out").Spec.Data.Preprocessing);
    }

    [Fact]
    public async Task RandomWeightsBesideAFileOfThem_AreRefused() => await AssertBadInputAsync(
        "--random-weights: ", "leave one of them out", _images.Train("out", 1, "--weights", _images.In("w.h5"), "--random-weights"));

    [Fact]
    public async Task InsistingOnNothing_IsRefused() => await AssertBadInputAsync(
        "--force-preprocess: ", "give --preprocess", _images.Train("out", 1, "--force-preprocess"));

    [Fact]
    public async Task MissingImages_AreNamedByTheOption() =>
        await AssertBadInputAsync("--data: ", "does not exist", ["train", "--data", _images.In("none"), "--output", _images.In("out"), "--random-weights"]);

    [Fact]
    public async Task MissingWeights_AreNamedByTheOption() =>
        await AssertBadInputAsync("--weights: ", "none.h5", _images.Train("out", 1, "--weights", _images.In("none.h5")));

    [Fact]
    public async Task AnotherKindOfFile_IsNoWeightsFile() =>
        await AssertBadInputAsync("--weights: ", ".safetensors", _images.Train("out", 1, "--weights", _images.Write("w.txt", "text")));

    [Fact]
    public async Task AFileThatOnlyLooksLikeWeights_IsRefused()
    {
        var file = _images.Write("w.h5", "text");

        await AssertBadInputAsync("", "w.h5", _images.Train("out", 1, "--weights", file));
    }

    [Fact]
    public async Task AClassThatIsOnlyTested_IsNamed()
    {
        Directory.Move(Path.Combine(_images.Path, "train", "disc"), _images.In("away"));
        Directory.Delete(Path.Combine(_images.Path, "val", "disc"), recursive: true);

        await AssertBadInputAsync("test/disc: ", "class 'disc' has no images in train", _images.Train("out"));
    }

    [Fact]
    public async Task AnotherNumberOfClasses_IsRefused() =>
        await AssertBadInputAsync("--classes: ", "(4), got 5", _images.Train("out", 1, "--classes", "5"));

    [Fact]
    public async Task MoreShardsThanImages_AreRefused() =>
        await AssertBadInputAsync("--shards: ", "(20), got 32", ["train", "--data", _images.Path, "--output", _images.In("out"), "--shards", "32", "--random-weights"]);

    [Fact]
    public async Task AnOutputThatHoldsARun_IsLeftAlone()
    {
        Directory.CreateDirectory(_images.In("out"));
        var receipt = _images.Write("out/receipt.json", "{}");

        await AssertBadInputAsync("--output: ", "holds a finished run", _images.Train("out"));
        Assert.Equal("{}", File.ReadAllText(receipt));
    }

    [Fact]
    public async Task AnOutputThatIsAFile_IsRefused() =>
        await AssertBadInputAsync("--output: ", "", ["train", "--data", _images.Path, "--output", _images.Write("file", ""), "--random-weights"]);

    [Fact]
    public async Task AFolderWithoutARun_CannotBeResumed() =>
        await AssertBadInputAsync("--resume: ", "must be the folder of an unfinished run", ["train", "--resume", _images.Path]);

    public void Dispose() => _images.Dispose();

    private static async Task AssertBadInputAsync(string field, string message, string[] args)
    {
        var run = await CommandRun.EmbeddedAsync(args);

        Assert.Equal(2, run.ExitCode);
        var line = Assert.Single(run.ErrorLines);
        Assert.StartsWith($"error: {field}", line, StringComparison.Ordinal);
        Assert.Contains(message, line, StringComparison.Ordinal);
        Assert.Equal("", run.Output);
    }
}
