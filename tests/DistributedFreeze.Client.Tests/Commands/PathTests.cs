using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Specs;

namespace DistributedFreeze.Client.Tests.Commands;

/// <summary>Paths that would have made a folder nobody meant, or none at all.</summary>
public sealed class PathTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("~/x", "begins with a ~")]
    [InlineData("~", "begins with a ~")]
    [InlineData("~bob/x", "write the full path, or ./~bob/x")]
    [InlineData("$HOME/x", "holds $HOME, and variables are not replaced")]
    [InlineData("runs/${USER}/x", "holds ${USER}, and variables are not replaced")]
    [InlineData("s3://bucket/x", "is a URL")]
    [InlineData("file:///x", "is a URL")]
    [InlineData("a\0b", "holds the control character U+0000")]
    [InlineData("a\n", "white space")]
    [InlineData("x ", "white space")]
    [InlineData(" x", "white space")]
    [InlineData("", "must be a text, got nothing")]
    [InlineData("  ", "is empty, but must name")]
    public async Task AnOutputFolder_ThatNobodyMeans_IsRefused(string path, string why)
    {
        var run = await CommandRun.OfAsync("train", "--data", "images", "--output", path);

        Assert.Equal(2, run.ExitCode);
        Assert.Null(run.Train);
        var line = Assert.Single(run.ErrorLines);
        Assert.StartsWith("error: --output: ", line, StringComparison.Ordinal);
        Assert.Contains(why, line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--data")]
    [InlineData("--cache-dir")]
    public async Task OtherPaths_AreJudgedAlike(string option)
    {
        string[] data = option == "--data" ? [] : ["--data", "images"];

        var run = await CommandRun.OfAsync(["train", .. data, "--output", "out", option, "$HOME/x"]);

        Assert.Contains($"error: {option}: '$HOME/x' holds $HOME", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a~b")]
    [InlineData("./~x")]
    [InlineData("cost$")]
    [InlineData("a$b/c")]
    [InlineData("a: b")]
    [InlineData("Käfer und Käse")]
    public async Task StrangeNames_AreNames(string path) => Assert.Equal(path, (await CommandRun.OfAsync("train", "--data", path, "--output", path)).Train?.Spec.Output);

    [Fact]
    public void InARunFile_TheUsersHome_IsWhatItIsInAShell()
    {
        var home = Environment.GetEnvironmentVariable("HOME")!;
        var file = _folder.Write("run.yaml", "data: { path: ~/images }\nmodel: { weights: ~/w.h5 }\nfeatures: { directory: \"~/cache\" }\noutput: ~\nphases: [ {} ]\n");
        var written = _folder.Write("home.yaml", "data: { path: ~/images }\noutput: \"~\"\nphases: [ {} ]\n");

        var spec = RunFile.Read(written);
        var problem = Assert.Throws<Errors.InvalidInputException>(() => RunFile.Read(file)).Problems[0];

        Assert.Equal((Path.Join(home, "images"), home), (spec.Data.Path, spec.Output));
        Assert.Equal("output", problem.Field); // ~ alone is YAML's word for nothing
        Assert.Contains("~/images", Assert.Throws<Errors.InvalidInputException>(() => RunFile.Parse(new StringReader(File.ReadAllText(written)), "body")).Message, StringComparison.Ordinal);
        Assert.Contains("~/images", Assert.Throws<Errors.InvalidInputException>(() => RunDraft.Read(written, pathsAsWritten: true).Build()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AfterAnEqualsSign_TheUsersHome_IsWhatItIsAfterASpace()
    {
        var home = Environment.GetEnvironmentVariable("HOME")!;

        Assert.Equal(
            [$"--output={home}/x", $"--to={home}", "~/x", "--id=a~", "-f=~/x"],
            HomeArguments.Expand(["--output=~/x", "--to=~", "~/x", "--id=a~", "-f=~/x"]));
    }

    [Fact]
    public async Task AFileWhereAFolderBelongs_IsNamed()
    {
        var file = _folder.Write("file", "");

        var demo = await CommandRun.EmbeddedAsync("demo", "--output", file);
        var resumed = await CommandRun.OfAsync("train", "--resume", file);
        var nothing = await CommandRun.OfAsync("train", "--resume", "");
        var exported = await CommandRun.OfAsync("export", file);
        var listed = await CommandRun.OfAsync("cache", "ls", "--directory", file);

        Assert.All([demo, resumed, nothing, exported, listed], run => Assert.Equal(2, run.ExitCode));
        Assert.Contains($"since {file} is a file", Assert.Single(demo.ErrorLines), StringComparison.Ordinal);
        Assert.Contains($"{file} is a file", Assert.Single(resumed.ErrorLines), StringComparison.Ordinal);
        Assert.Contains("--resume: is empty", Assert.Single(nothing.ErrorLines), StringComparison.Ordinal);
        Assert.Contains("it is a file", Assert.Single(exported.ErrorLines), StringComparison.Ordinal);
        Assert.Contains("is a file", Assert.Single(listed.ErrorLines), StringComparison.Ordinal);
    }
}
