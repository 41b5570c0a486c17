using System.CommandLine;
using DistributedFreeze.Cli.Bases;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Options;
using DistributedFreeze.Cli.Results;
using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using DistributedFreeze.Specs;

namespace DistributedFreeze.Cli.Train;

/// <summary><c>dfreeze train</c>: reads the run and hands it to whoever trains.</summary>
internal sealed class TrainCommand(CommandConsole console, Func<TrainRequest, CancellationToken, Task<int>> train)
{
    // None of them changes the result, so a resumed run may have others than it began with.
    private static readonly string[] MayChangeOnResume = ["--replicas", "--min-replicas", "--output"];

    private readonly RunOptions _run = new(console.Input);
    private readonly ResultOptions _results = new();
    private readonly Option<string?> _resume = new("--resume") { Description = "Go on with the interrupted run in this output folder", HelpName = "DIR" };
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object when the run has ended, and nothing else" };

    public Command Build()
    {
        var command = new Command("train", "Trains a run and writes the model and its receipt.");
        _run.AddTo(command);
        command.Add(_resume);
        command.Add(_json);
        _results.AddTo(command);
        command.SetAction(TrainAsync);
        return command;
    }

    private async Task<int> TrainAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var weights = new NamedWeights(console);
        var request = await weights.PulledForAsync(() => Request(parsed, weights) with { Results = _results.Of(parsed) }, cancellationToken);
        return await train(request, cancellationToken);
    }

    private TrainRequest Request(ParseResult parsed, NamedWeights weights)
    {
        if (parsed.GetValue(_resume) is { } folder)
        {
            var resumed = Resumed(folder, parsed);
            console.NameFields(resumed);
            return new(LocalBase.Resolve(console, resumed), Resume: true, parsed.GetValue(_json), console);
        }

        console.NameFields(_run.FieldNames(parsed));
        return new(LocalBase.Resolve(console, StartingRun.Adopt(weights.Locate(_run.Draft(parsed)))), Resume: false, parsed.GetValue(_json), console);
    }

    /// <summary>The specification that the interrupted run keeps in its folder.</summary>
    private RunSpec Resumed(string folder, ParseResult parsed)
    {
        var others = _run.Names(parsed).Except(MayChangeOnResume).ToList();
        if (others.Count > 0)
        {
            throw new InvalidInputException(others.Select(name =>
                new Problem(name, "cannot stand beside --resume: a run goes on as it began, except for --replicas, --min-replicas and --output")));
        }

        var kept = new OutputFolder(folder).ReadSpec("--resume");

        // The folder may have been moved since: the run goes on where it lies.
        var draft = RunDraft.Parse(new StringReader(RunFile.Write(kept)), folder).With("output", folder, "--resume");
        return StartingRun.Adopt(_run.Lay(draft, parsed));
    }
}
