using System.Text.RegularExpressions;
using DistributedFreeze.Client.Tests.Commands;
using DistributedFreeze.Freezing;
using DistributedFreeze.Specs;

namespace DistributedFreeze.Client.Tests;

/// <summary>What the README and the guides in docs show works.</summary>
public sealed partial class ReadmeTests
{
    private static readonly string[] Pages = ["README.md", "docs/training.md", "docs/bases.md", "docs/evaluation.md", "docs/freeze-guide.md", "docs/cluster.md", "docs/operations.md", "docs/runbook.md"];

    private static readonly string Readme = string.Concat(Pages.Select(page => File.ReadAllText(RepositoryRoot.In(page))));

    [Fact]
    public void TheRunFile_HasTwoPhases()
    {
        var spec = RunFile.Parse(new StringReader(Assert.Single(Blocks("yaml"))), "run.yaml");

        Assert.Equal([new FreezePolicy.None(), new FreezePolicy.LastLayers(10)], spec.Phases.Select(phase => phase.Freeze));
        Assert.Equal(spec.Phases[0].Optimizer.LearningRate / 10, spec.Phases[1].Optimizer.LearningRate, 12);
    }

    [Fact]
    public void PartsOfARunFile_AreOfOne() => Assert.All(
        Blocks("yml"), part => RunFile.Parse(new StringReader($"data: {{ path: photos }}\noutput: run\n{part}"), "run.yaml"));

    [Fact]
    public async Task EveryCommand_IsUnderstood()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("run.yaml", Assert.Single(Blocks("yaml")));
        var sweep = folder.Write("sweep.yaml", Assert.Single(Blocks("text"), block => block.Contains("\nvary:", StringComparison.Ordinal)));
        var commands = Blocks("sh").SelectMany(block => block.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            .Select(line => line.Split('#')[0].TrimEnd())
            .Select(line => line.Replace("dotnet run -c Release --project src/DistributedFreeze.Cli --", "dfreeze", StringComparison.Ordinal))
            .Where(line => line.StartsWith("dfreeze ", StringComparison.Ordinal) && !line.Contains("--resume", StringComparison.Ordinal))
            .ToList();

        Assert.Equal(60, commands.Count);
        foreach (var command in commands)
        {
            var run = await CommandRun.OfAsync([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..].Select(word => word switch { "run.yaml" => file, "sweep.yaml" => sweep, _ => word })]);
            Assert.True(run.ExitCode == 0 || IsForWantOfFiles(run), $"{command}: {run.Error}");
        }
    }

    /// <summary>Nothing has trained here, and what a run would leave is all that a command has to complain of.</summary>
    private static bool IsForWantOfFiles(CommandRun run) => run.ErrorLines.All(line =>
        line.StartsWith("weights: ", StringComparison.Ordinal) || line.Contains(": there is no such folder", StringComparison.Ordinal) || line.Contains(" does not exist", StringComparison.Ordinal));

    [Fact]
    public void EveryOption_Exists() => Assert.All(
        OptionNames().Matches(Readme).Select(match => match.Value).Distinct().Except(["--project", "--solution", "--urls", "--to", "--port", "--save", "--dir", "--create-namespace", "--time", "--restart", "--tool-path", "--add-source", "--logdir"]),
        name => Assert.Contains(name, Known()));

    private static IEnumerable<string> Known() =>
        Cli.Options.RunOptionTable.All.Select(option => option.Name).Concat(["--resume", "--json", "--format", "--split", "--help", "--id", "--cluster", "--context", "--to", "--all", "--older-than", "--measure", "--priority", "--watch", "--skip", "--take", "--tls-ca", "--tls-cert", "--tls-key", "--metric", "--folds", "--budget", "--max-model", "--write", "--report", "--calibrate", "--int8", "--logits", "--features", "--preprocessed", "--directory", "--mirror", "--owner", "--state", "--since", "--steps", "--min-lr", "--max-lr", "--tensorboard", "--mlflow", "--mlflow-experiment", "--sweep"]);

    internal static IEnumerable<string> Blocks(string language) => Blocks(language, Readme);

    internal static IEnumerable<string> Blocks(string language, string page) =>
        Regex.Matches(page, $"```{language}\n(.*?)```", RegexOptions.Singleline).Select(match => match.Groups[1].Value);

    [GeneratedRegex("--[a-z][a-z0-9-]+")]
    private static partial Regex OptionNames();
}
