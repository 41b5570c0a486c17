using DistributedFreeze.Cli.Options;
using DistributedFreeze.Client.Tests.Commands;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Client.Tests.Fields;

public sealed class OptionNamesTests
{
    [Theory]
    [InlineData("say `data.preprocess: torch`", "say --preprocess torch", "say --preprocess torch (in a run file: data.preprocess: torch)")]
    [InlineData("lower `phases[0].optimizer.learning_rate`", "lower --lr", "lower --lr (in a run file: phases[0].optimizer.learning_rate)")]
    [InlineData("lower `phases[1].optimizer.learning_rate`", "lower phases[1].optimizer.learning_rate", "lower phases[1].optimizer.learning_rate")]
    [InlineData("`phases[0].layers: conv5_*`", "--unfreeze 'conv5_*'", "--unfreeze 'conv5_*' (in a run file: phases[0].layers: conv5_*)")]
    [InlineData("`phases[0].unfreeze: all`", "--unfreeze-all", "--unfreeze-all (in a run file: phases[0].unfreeze: all)")]
    [InlineData("`phases[0].unfreeze: none`", "--unfreeze-layers 0", "--unfreeze-layers 0 (in a run file: phases[0].unfreeze: none)")]
    [InlineData("go on by `resume: /runs/it's`", @"go on by --resume '/runs/it'\''s'", @"go on by --resume '/runs/it'\''s'")]
    public void AText_NamesOptions_OrBoth(string text, string options, string either)
    {
        Assert.Equal(options, OptionNames.OfOptions.In(text));
        Assert.Equal(either, OptionNames.OfEither(phases: 1).In(text));
    }

    [Fact]
    public void TheWidthOfOneHiddenLayer_IsOfTheOptionForAll() =>
        Assert.Equal("--head: is 0", OptionNames.OfOptions.In(new Problem("model.head.hidden[1]", "is 0")).ToString());

    [Fact]
    public void OfSeveralPhases_NoneHasOptions() => Assert.Equal(
        "phases[0].epochs and --seed (in a run file: seed)", OptionNames.OfEither(phases: 2).In("`phases[0].epochs` and `seed`"));

    [Fact]
    public void BesideAFile_OnlyWhatAnOptionGave_IsCalledByIt()
    {
        var names = OptionNames.OfFile([RunOptionTable.Of("shards")!]);

        Assert.Equal("batch_size and --shards", names.In("`batch_size` and `shards`"));
    }

    [Theory]
    [InlineData("", "batch_size", "must be a multiple of shards, which is 4")]
    [InlineData("--shards 3", "batch_size", "must be a multiple of --shards, which is 3")]
    [InlineData("--batch 9", "--batch", "must be a multiple of shards, which is 4")]
    public async Task APlan_SpeaksTheLanguageItWasAskedIn(string options, string field, string message)
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("run.yaml", "data: { path: . }\noutput: out\nbatch_size: 10\nshards: 4\nphases: [ { epochs: 1 } ]\n");

        var run = await CommandRun.OfAsync(["plan", "--classes", "4", "-f", file, .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);

        Assert.StartsWith($"error: {field}: is ", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AWarning_IsInOptionsForOptions_AndInTheFilesNamesForAFile()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("run.yaml", "data: { path: . }\noutput: out\nphases: [ { unfreeze_layers: 25 } ]\n");

        var options = await CommandRun.OfAsync("plan", "--classes", "4", "--unfreeze-layers", "25");
        var written = await CommandRun.OfAsync("plan", "--classes", "4", "-f", file);
        var json = await CommandRun.OfAsync("plan", "--classes", "4", "--unfreeze-layers", "25", "--json");

        Assert.Contains("--unfreeze-layers 20 or 32 would avoid that.", options.Output, StringComparison.Ordinal);
        Assert.Contains("phases[0].unfreeze_layers: 20 or 32 would avoid that.", written.Output, StringComparison.Ordinal);
        Assert.Contains("--unfreeze-layers 20 or 32 would avoid that.", json.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("`", options.Output + written.Output + json.Output, StringComparison.Ordinal);
    }
}
