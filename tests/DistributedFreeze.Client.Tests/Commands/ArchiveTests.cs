using System.Text.Json.Nodes;
using DistributedFreeze.TestKit.Data;

namespace DistributedFreeze.Client.Tests.Commands;

/// <summary>The same images in folders, in tars and in Parquet files give the same model, and every command that takes one takes the others.</summary>
[Slow(seconds: 60)]
public sealed class ArchiveTests : IDisposable
{
    private readonly DrawnImages _images = new();

    public ArchiveTests()
    {
        Directory.CreateDirectory(_images.In("parquet"));
        var classes = Directory.GetDirectories(Path.Combine(_images.Path, "train")).Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal).ToArray();
        foreach (var split in (string[])["train", "val", "test"])
        {
            Directory.CreateDirectory(_images.In($"tar/{split}"));
            var files = Directory.GetFiles(Path.Combine(_images.Path, split), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToList();
            string NameOf(string file) => Path.GetRelativePath(Path.Combine(_images.Path, split), file);
            string ClassOf(string file) => Path.GetFileName(Path.GetDirectoryName(file)!);
            foreach (var (number, part) in files.Chunk(Math.Max(1, files.Count / 2)).Index())
            {
                WrittenArchives.Tar(_images.In($"tar/{split}/photos-{number:D6}.tar"), part.SelectMany(file => WrittenArchives.Sample(NameOf(file), File.ReadAllBytes(file), ClassOf(file))));
            }

            WrittenArchives.Parquet(
                _images.In($"parquet/{(split == "val" ? "validation" : split)}-00000-of-00001.parquet"),
                files.Select(file => new HubRow { image = new() { bytes = File.ReadAllBytes(file), path = NameOf(file) }, label = Array.IndexOf(classes, ClassOf(file)) }),
                classes, rowsInGroup: 3);
        }
    }

    public void Dispose() => _images.Dispose();

    [Fact]
    public async Task TheSameImages_GiveTheSameModel_AndItsFigures()
    {
        foreach (var layout in (string[])["images", "tar", "parquet"])
        {
            var run = await CommandRun.EmbeddedAsync([.. _images.Train($"{layout}-run", 2, "--json", "--flip", "0.5", "--augment-crop", "0.6").Select(arg => arg == _images.Path ? _images.In(layout) : arg)]);
            Assert.True(run.ExitCode == 0, run.Error);
        }

        var expected = _images.Receipt("images-run");
        Assert.All(["tar", "parquet"], layout =>
        {
            var receipt = _images.Receipt($"{layout}-run");
            Assert.Equal(expected.ModelSha256, receipt.ModelSha256);
            Assert.Equal((expected.TestAccuracy, expected.TestLoss), (receipt.TestAccuracy, receipt.TestLoss));
            Assert.NotEqual(expected.DataSha256, receipt.DataSha256);
        });

        var own = await CommandRun.OfAsync("evaluate", _images.In("parquet-run"), "--json", "--output", _images.In("figures"));
        var others = await CommandRun.OfAsync("evaluate", _images.In("parquet-run"), _images.In("tar"), "--json");
        Assert.True(own.ExitCode == 0, own.Error);
        Assert.True(others.ExitCode == 0, others.Error);
        Assert.Equal(JsonNode.Parse(own.Output)!["loss"]!.ToJsonString(), JsonNode.Parse(others.Output)!["loss"]!.ToJsonString());
        Assert.True(JsonNode.Parse(own.Output)!["data"]!["areTheRuns"]!.GetValue<bool>());
        var page = await File.ReadAllTextAsync(_images.In("figures/report.html"), TestContext.Current.CancellationToken);
        Assert.Contains("src=\"data:image/jpeg;base64,", page, StringComparison.Ordinal);
        Assert.Contains("<img class=\"map\"", page, StringComparison.Ordinal);
        Assert.Contains("test-00000-of-00001.parquet/", page, StringComparison.Ordinal);

        var export = await CommandRun.OfAsync("export", _images.In("tar-run"), "--int8");
        Assert.True(export.ExitCode == 0, export.Error);
        var verify = await CommandRun.EmbeddedAsync("verify", _images.In("tar-run"));
        Assert.True(verify.ExitCode == 0, verify.Error + verify.Output);

        var predicted = await Task.WhenAll(new[] { Path.Combine(_images.Path, "test"), _images.In("tar/test"), _images.In("parquet/test-00000-of-00001.parquet") }
            .Select(path => CommandRun.OfAsync("predict", _images.In("tar-run"), path)));
        Assert.All(predicted, run => Assert.True(run.ExitCode == 0, run.Error));
        Assert.Equal(8, predicted[0].Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.All(predicted, run => Assert.Equal(Answers(predicted[0]), Answers(run)));
    }

    [Fact]
    public async Task ADataCheck_ShowsThem_AndFoldsGoByContent()
    {
        var check = await CommandRun.OfAsync("data", "check", _images.In("parquet"), "--json", "--report", _images.In("check.html"));
        Assert.True(check.ExitCode == 0, check.Error);
        var document = JsonNode.Parse(check.Output)!;
        Assert.Equal((32, 4), (document["imageFiles"]!.GetValue<int>(), document["classes"]!.AsArray().Count));

        var tar = _images.In("tar/train/photos-000000.tar");
        var folds = await CommandRun.OfAsync("data", "check", _images.In("tar/train"), "--folds", "2", "--fold", "1");
        Assert.True(folds.ExitCode == 0, folds.Error);
        var plan = await CommandRun.OfAsync("plan", "--data", tar, "--image-size", "40", "--batch", "8", "--epochs", "1");
        Assert.True(plan.ExitCode == 0, plan.Error);
    }

    private static IEnumerable<string> Answers(CommandRun run) =>
        run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line[line.IndexOf("  ", StringComparison.Ordinal)..]).Order(StringComparer.Ordinal);
}
