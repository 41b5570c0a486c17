using System.CommandLine;
using System.Text.Json;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Options;
using DistributedFreeze.Cli.Pull;
using DistributedFreeze.Cli.Train;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Weights;

/// <summary><c>dfreeze weights pull</c>: published weights from their publishers, or a mirror of them.</summary>
internal sealed class WeightsPullCommand(CommandConsole console)
{
    private readonly Argument<string> _name = new("NAME") { Description = PublishedWeights.Names };
    private readonly Option<string> _model = ModelOption();
    private readonly Option<string?> _directory = new("--directory") { Description = $"The folder [default: {WeightsPull.Variable}, else dfreeze/weights in the user's cache]", HelpName = "DIR" };
    private readonly Option<string?> _mirror = new("--mirror") { Description = $"A folder or an address that has the same file names, in place of the publishers' [default: {WeightsMirror.Variable}]", HelpName = "PLACE" };
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object and nothing else" };

    public Command Build()
    {
        var command = new Command("pull", "Downloads published weights once, checks them and says where they are; what has broken off goes on.") { _name, _model, _directory, _mirror, _json };
        command.SetAction(PullAsync);
        return command;
    }

    private async Task<int> PullAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var architecture = RunEnums.Architecture.Find(parsed.GetRequiredValue(_model))
            ?? throw new InvalidInputException(_model.Name, $"must be {string.Join(", ", RunEnums.Architecture.All[..^1])} or {RunEnums.Architecture.All[^1]}, got '{parsed.GetRequiredValue(_model)}'");
        var weights = PublishedWeights.Find(parsed.GetRequiredValue(_name), architecture, graph: null, _name.Name);
        var folder = parsed.GetValue(_directory) is { Length: > 0 } named ? named : WeightsPull.DefaultFolder;
        var pull = new WeightsPull(folder, WeightsMirror.Of(parsed.GetValue(_mirror), _mirror.Name), _name.Name);
        try
        {
            Tell(weights, await NamedWeights.PullAsync(console, pull, weights, cancellationToken), parsed.GetValue(_json));
            return ExitCode.Ok;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            console.Interrupted("the same command goes on with what has arrived");
            return ExitCode.Interrupted;
        }
    }

    private void Tell(PublishedWeights weights, PulledWeights pulled, bool asJson)
    {
        if (asJson)
        {
            console.Output.WriteLine(JsonSerializer.Serialize(
                new { weights.Name, pulled.Path, pulled.Bytes, pulled.From, Checksum = pulled.Checksum?.ToString() }, RunJson.Compact));
            return;
        }

        var network = weights.Network is { } known ? NetworkOptions.Of(known) : "";
        console.Output.WriteLine($"{pulled.Path}  {weights.What}, {Amount.Bytes(pulled.Bytes)}, {NamedWeights.Checked(pulled)}");
        console.Output.WriteLine($"use  dfreeze train --weights {ShellWord.Of(pulled.Path)}{network} --data FOLDER");
    }

    private static Option<string> ModelOption()
    {
        var option = new Option<string>("--model") { Description = "The network that the weights are of", HelpName = "NAME", DefaultValueFactory = _ => RunEnums.NameOf(new ModelSpec().Architecture) };
        option.CompletionSources.Add([.. RunEnums.Architecture.All]);
        return option;
    }
}
