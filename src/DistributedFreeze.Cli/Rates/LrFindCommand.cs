using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DistributedFreeze.Cli.Bases;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Options;
using DistributedFreeze.Cli.Train;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Rates;

namespace DistributedFreeze.Cli.Rates;

/// <summary><c>dfreeze lr-find</c>: looks for a learning rate.</summary>
internal sealed class LrFindCommand(CommandConsole console)
{
    private const string UnusedOutput = "run";
    private const int FewestSteps = 20; // with fewer there is no slope to be judged
    private const double HighestRate = 100;

    private readonly RunOptions _run = new(console.Input);
    private readonly Option<string> _steps = new("--steps") { Description = string.Create(CultureInfo.InvariantCulture, $"Steps, {FewestSteps} to {RateFinder.MostSteps}"), HelpName = "N", DefaultValueFactory = _ => "100" };
    private readonly Option<string> _least = new("--min-lr") { Description = "Learning rate of the first step", HelpName = "RATE", DefaultValueFactory = _ => "1e-7" };
    private readonly Option<string> _most = new("--max-lr") { Description = "Learning rate of the last step, at most 100", HelpName = "RATE", DefaultValueFactory = _ => "10" };
    private readonly Option<string?> _report = new("--report") { Description = "Write the curve to this HTML file", HelpName = "FILE" };
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object and nothing else" };

    public Command Build()
    {
        var command = new Command("lr-find", "Looks for a learning rate of the first phase: trains some steps, each with a larger rate, until the loss explodes.");
        _run.AddTo(command);
        foreach (var option in (Option[])[_steps, _least, _most, _report, _json])
        {
            command.Add(option);
        }

        command.SetAction((parsed, cancellationToken) => Task.Run(() => FindAsync(parsed, cancellationToken), CancellationToken.None));
        return command;
    }

    private async Task<int> FindAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        console.NameFields(_run.FieldNames(parsed));
        var range = Range(parsed);
        if (parsed.GetValue(_report) is { } file)
        {
            FilePlace.Require(file, _report.Name); // before the work, not after it
        }

        var weights = new NamedWeights(console);
        var spec = await weights.PulledForAsync(
            () =>
            {
                var draft = weights.Locate(_run.Draft(parsed));
                return LocalBase.Resolve(console, (draft.Has("output") ? draft : draft.With("output", UnusedOutput, "output")).Build()); // nothing is written there
            },
            cancellationToken);
        console.WarnOfRandomWeights(spec);

        LocalMemory.Require(spec);
        var curve = Find(spec, range, cancellationToken);
        if (parsed.GetValue(_json))
        {
            console.Output.WriteLine(JsonSerializer.Serialize(curve, RunJson.Compact));
        }
        else
        {
            RateText.Write(console, curve);
        }

        if (parsed.GetValue(_report) is { } report)
        {
            OutputFault.Write(_report.Name, report, RatePage.Of(curve));
        }

        return ExitCode.Ok;
    }

    private RateCurve Find(RunSpec spec, RateRange range, CancellationToken cancellationToken)
    {
        using var progress = new PartProgress(console, TimeProvider.System);
        return new RateFinder(spec, range, done => progress.Show("steps", startsWithKept: false, done, range.Steps, () => string.Create(CultureInfo.InvariantCulture, $"step {done:N0}/{range.Steps:N0}"))).Run(cancellationToken);
    }

    private RateRange Range(ParseResult parsed)
    {
        var (least, most) = (Rate(_least, parsed), Rate(_most, parsed));
        return most > least
            ? new(least, most, WholeNumber.Of(_steps, parsed, FewestSteps, RateFinder.MostSteps))
            : throw new InvalidInputException(_most.Name, $"must be more than {_least.Name}, got '{parsed.GetValue(_most)}'");
    }

    private static double Rate(Option<string> option, ParseResult parsed) =>
        double.TryParse(parsed.GetRequiredValue(option), NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var rate) && rate is >= 1e-12 and <= HighestRate
            ? rate
            : throw new InvalidInputException(option.Name, $"must be a rate from 1e-12 to 100, got '{parsed.GetValue(option)}'");
}
