using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DistributedFreeze.Cli.Bases;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Options;
using DistributedFreeze.Cli.Remote;
using DistributedFreeze.Cli.Train;
using DistributedFreeze.Data;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Planning;
using DistributedFreeze.Freezing.Validation;
using DistributedFreeze.Runs;
using DistributedFreeze.Specs;

namespace DistributedFreeze.Cli.Plan;

/// <summary><c>dfreeze plan</c>: says what a run would train, move and compute. Unless it measures it needs no weights, no image and no libtorch.</summary>
internal sealed class PlanCommand(CommandConsole console)
{
    private readonly ClusterAccess _cluster = new();
    private readonly RunOptions _run = new(console.Input);
    private readonly Option<string?> _phase = new("--phase") { Description = "Show the layers of this phase, from 1 [default: of the only one]", HelpName = "N" };
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object and nothing else" };

    private readonly Option<bool> _measure = new("--measure")
    {
        Description = "Measure this machine on the data for some seconds: predicts times, and whether features are kept",
    };

    public Command Build()
    {
        var command = new Command("plan", "Shows what a run would train, move and compute, without starting it. With --cluster or --context the cluster finds the data and says it.");
        _cluster.AddTo(command);
        _run.AddTo(command);
        command.Add(_phase);
        command.Add(_measure);
        command.Add(_json);
        command.SetAction((parsed, cancellationToken) =>
        {
            console.NameFields(_run.FieldNames(parsed));
            return _cluster.IsNamed(parsed)
                ? AskAsync(parsed, cancellationToken)
                : Task.Run(() => ShowAsync(parsed, cancellationToken), cancellationToken);
        });
        return command;
    }

    private Task<int> AskAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(_measure) || parsed.GetValue(_phase) is not null)
        {
            throw new InvalidInputException(
                parsed.GetValue(_measure) ? _measure.Name : _phase.Name, "cannot stand beside a cluster: it is about this machine and its own plan");
        }

        var weights = new NamedWeights(console) { ForCluster = true };
        var spec = weights.Locate(_run.Draft(parsed, pathsAsWritten: true)).Build();
        return _cluster.WithAsync(parsed, async client =>
        {
            await weights.PullForClusterAsync(cancellationToken);
            var plan = await client.PlanAsync(spec, cancellationToken);
            if (parsed.GetValue(_json))
            {
                console.Output.WriteLine(JsonSerializer.Serialize(console.Fields.In(plan), RunJson.Indented));
            }
            else
            {
                new ClusterPlanText(console).Write(plan);
                WarnOfMissingWeights(spec);
            }

            return ExitCode.Ok;
        }, cancellationToken);
    }

    private async Task<int> ShowAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var weights = new NamedWeights(console);
        var spec = Spec(parsed, weights);
        var detailed = Phase(parsed, spec.Phases.Length);
        var parent = StartingRun.Find(spec);
        var (count, classes) = Classes(spec, parent?.Receipt);
        var plan = RunPlan.Of(spec, count);
        var memory = new LocalMemory(plan);
        var measured = parsed.GetValue(_measure) ? await MeasuredAsync(spec, weights, cancellationToken) : null;
        if (parsed.GetValue(_json))
        {
            console.Output.WriteLine(PlanJson.Of(plan, classes, parent, memory.Planned, measured, console.Fields));
            return ExitCode.Ok;
        }

        new PlanText(console).Write(plan, detailed, parent is null ? null : StartingRun.Describe(parent, count, classes));
        MemoryText.Write(console, memory.Planned);
        if (spec.Model.Base is not null)
        {
            console.Output.WriteLine("Not counted      what ONNX Runtime takes for the activations of the base: that is unknown");
        }

        if (memory.Problem is { } problem)
        {
            console.Warn($"`{problem.Field}` {problem.Message}.");
        }

        if (measured is not null)
        {
            new MeasuredText(console).Write(measured);
        }

        WarnOfMissingWeights(spec);
        return ExitCode.Ok;
    }

    /// <summary>Only where the plan is for a run: one that names its images.</summary>
    private void WarnOfMissingWeights(RunSpec spec)
    {
        if (spec.Data.Path.Length > 0 && MissingWeights.Warning(spec) is { } missing)
        {
            console.Warn(missing);
        }
    }

    private static async Task<MeasuredPlan> MeasuredAsync(RunSpec spec, NamedWeights weights, CancellationToken cancellationToken)
    {
        if (spec.Data.Path.Length == 0)
        {
            throw new InvalidInputException("data.path", "is missing; --measure needs the images of the run");
        }

        await weights.PullAsync(cancellationToken);
        return await MeasuredPlan.OfAsync(spec, cancellationToken);
    }

    private RunSpec Spec(ParseResult parsed, NamedWeights weights)
    {
        // A plan reads no image and writes no model, so neither needs a place.
        var draft = weights.Locate(_run.Draft(parsed));
        var spec = LocalBase.Resolve(console, StartingRun.Adopt(Otherwise(Otherwise(draft, "data.path"), "output")));
        return draft.Has("data.path") ? spec : spec with { Data = spec.Data with { Path = "" } };
    }

    private static RunDraft Otherwise(RunDraft draft, string field) => draft.Has(field) ? draft : draft.With(field, ".", field);

    /// <returns>How many there are, and their names; none where only their number is given.</returns>
    private static (int Count, ImmutableArray<string> Names) Classes(RunSpec spec, Receipt? parent)
    {
        if (spec.Model.Classes is { } classes)
        {
            return classes >= (parent?.Classes.Length ?? 0)
                ? (classes, [])
                : throw new InvalidInputException("model.classes", $"must be at least {parent!.Classes.Length}, the number of classes that the run has from which this one starts, got {classes}");
        }

        if (spec.Data.Path.Length > 0 && DataOutline.Exists(spec.Data.Path))
        {
            var names = ClassFolders.Names(spec.Data.Path);
            if (parent is not null)
            {
                ParentSettings.RequireClasses(parent, names);
            }

            return (names.Length, names);
        }

        if (parent is not null && spec.Data.Path.Length == 0)
        {
            return (parent.Classes.Length, parent.Classes);
        }

        var why = spec.Data.Path.Length == 0 ? "or `data.path` with a folder of class folders to count" : $"since there is no folder '{spec.Data.Path}' to count classes in";
        throw new InvalidInputException("model.classes", $"is missing; give the number of classes, {why}");
    }

    /// <returns>Index of the phase whose layers to show, or null for none.</returns>
    private int? Phase(ParseResult parsed, int phases)
    {
        if (parsed.GetValue(_phase) is not { } text)
        {
            return phases == 1 ? 0 : null;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= phases
            ? number - 1
            : throw new InvalidInputException(
                "--phase", phases == 1 ? $"must be 1, the only phase, got '{text}'" : $"must be a whole number from 1 to {phases}, got '{text}'");
    }
}
