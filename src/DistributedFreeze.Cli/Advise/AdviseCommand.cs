using System.CommandLine;
using System.Text.Json;
using DistributedFreeze.Advice;
using DistributedFreeze.Cli.Bases;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Options;
using DistributedFreeze.Cli.Remote;
using DistributedFreeze.Cli.Train;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Validation;
using DistributedFreeze.Runs;
using DistributedFreeze.Specs;
using DistributedFreeze.Training.Advice;

namespace DistributedFreeze.Cli.Advise;

/// <summary><c>dfreeze advise</c>: asks the data how much to unfreeze.</summary>
internal sealed class AdviseCommand(CommandConsole console)
{
    private const string MaxModelField = "max_model";
    private const string HeadInputsField = "model.head.inputs";
    private const string DefaultOutput = "run";

    private static readonly EpochMeasure[] Measures = [EpochMeasure.Accuracy, EpochMeasure.BalancedAccuracy, EpochMeasure.MacroF1, EpochMeasure.Loss];

    private readonly RunOptions _run = new(console.Input, option => option.Field is not ("from" or "data.folds" or "data.fold"));
    private readonly Option<string?> _metric = new("--metric") { Description = "By what candidates are compared [default: accuracy]", HelpName = string.Join('|', Measures.Select(RunEnums.NameOf)) };
    private readonly Option<string?> _folds = new("--folds") { Description = "Deal training and validation images into N folds and hold out each once: narrower intervals, N times the time [default: hold out the validation images]", HelpName = "N" };
    private readonly Option<string?> _budget = new("--budget") { Description = "About how long short runs may take, such as 90s or 10m; leaves out the candidates that take the longest [default: all are tried]", HelpName = "TIME" };
    private readonly Option<string?> _maxModel = new("--max-model") { Description = "Leave out candidates whose model is larger, such as 5M", HelpName = "BYTES" };
    private readonly Option<string?> _write = new("--write") { Description = "Write the run that is recommended to this run file", HelpName = "FILE" };
    private readonly Option<string?> _report = new("--report") { Description = "Write what was found out to this HTML file, with the picture: gain against cost", HelpName = "FILE" };
    private readonly ClusterAccess _cluster = new();
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object and nothing else" };

    public Command Build()
    {
        _metric.CompletionSources.Add([.. Measures.Select(RunEnums.NameOf)]);
        var command = new Command("advise", "Asks the data how much to unfreeze: probes every depth of the frozen base and compares short runs on images that they have not seen.");
        _run.AddTo(command);
        foreach (var option in (Option[])[_metric, _folds, _budget, _maxModel, _write, _report, _json])
        {
            command.Add(option);
        }

        _cluster.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Task.Run(() => AdviseAsync(parsed, cancellationToken), CancellationToken.None));
        return command;
    }

    private async Task<int> AdviseAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        console.NameFields(_run.FieldNames(parsed));
        foreach (var option in (Option<string?>[])[_write, _report])
        {
            if (parsed.GetValue(option) is { } file)
            {
                FilePlace.Require(file, option.Name); // minutes before it is written
            }
        }

        return _cluster.IsNamed(parsed) ? await AskAsync(parsed, cancellationToken) : await AskHereAsync(parsed, cancellationToken);
    }

    private async Task<int> AskHereAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var weights = new NamedWeights(console);
        var request = await weights.PulledForAsync(() => Request(parsed, weights), cancellationToken);
        console.WarnOfRandomWeights(request.Spec);
        LocalMemory.Require(request.Spec);
        using var progress = new AdviceProgressView(console, TimeProvider.System);
        try
        {
            return Tell(parsed, new Adviser(request, progress.Show).Run(cancellationToken));
        }
        catch (InvalidInputException refused)
        {
            throw Typed(refused);
        }
    }

    private Task<int> AskAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var weights = new NamedWeights(console) { ForCluster = true };
        var request = Request(parsed, weights);
        return _cluster.WithAsync(parsed, async client =>
        {
            await weights.PullForClusterAsync(cancellationToken);
            console.WarnOfRandomWeights(request.Spec);
            using var progress = new AdviceProgressView(console, TimeProvider.System);
            try
            {
                return Tell(parsed, await client.AdviseAsync(request, progress, cancellationToken));
            }
            catch (InvalidInputException refused)
            {
                throw Typed(refused);
            }
        }, cancellationToken);
    }

    private int Tell(ParseResult parsed, AdviceResult result)
    {
        if (parsed.GetValue(_json))
        {
            console.Output.WriteLine(JsonSerializer.Serialize(result, RunJson.Compact));
        }
        else
        {
            AdviceText.Write(console, result);
        }

        if (parsed.GetValue(_report) is { } report)
        {
            OutputFault.Write(_report.Name, report, AdvicePage.Of(result));
        }

        if (!result.IsWhole)
        {
            console.Interrupted("the features that were computed are kept, and dfreeze advise goes on from them");
            return ExitCode.Interrupted;
        }

        Write(result.Recommendation!, parsed);
        return ExitCode.Ok;
    }

    /// <summary>The same, with the option of the one limit that only the images can tell to be too small.</summary>
    private InvalidInputException Typed(InvalidInputException refused)
    {
        var problems = refused.Problems.Select(problem => problem.Field == MaxModelField ? problem with { Field = _maxModel.Name } : problem);
        return new(problems) { IsStorage = refused.IsStorage };
    }

    private AdviceRequest Request(ParseResult parsed, NamedWeights weights)
    {
        var draft = weights.Locate(_run.Draft(parsed, pathsAsWritten: weights.ForCluster));
        if (draft.Has("from"))
        {
            throw new InvalidInputException("from", "cannot be advised on: what is compared is how much to unfreeze of the base in `model.weights`; leave it out");
        }

        if (draft.Has(HeadInputsField))
        {
            throw new InvalidInputException(HeadInputsField, "cannot be advised on: which blocks a head should read is part of the answer; leave it out");
        }

        return new()
        {
            // Advice writes no model; the run that is recommended needs a place for one.
            Spec = LocalBase.Refuse(
                (draft.Has("output") ? draft : draft.With("output", Output(parsed.GetValue(_write), isHere: !weights.ForCluster), "output")).Build(),
                "cannot be advised on: of an ONNX model the head alone trains, so there is no choice of layers to compare; leave it out"),
            Metric = parsed.GetValue(_metric) is { } metric ? Measure(metric) : EpochMeasure.Accuracy,
            Folds = parsed.GetValue(_folds) is null ? null : WholeNumber.Of(_folds!, parsed, AdviceRules.FewestFolds, AdviceRules.MostFolds),
            Budget = parsed.GetValue(_budget) is { } budget ? TimeText.Parse(budget, _budget.Name) : null,
            MaxModelBytes = parsed.GetValue(_maxModel) is { } bytes ? Bytes(bytes) : null,
        };
    }

    /// <summary>Beside the run's file on this machine, and below a silo's first output root on a cluster.</summary>
    private static string Output(string? file, bool isHere) => isHere ? OutputBeside(file) : file is null ? DefaultOutput : Path.GetFileNameWithoutExtension(file);

    private static string OutputBeside(string? file) => file is null ? DefaultOutput : Path.ChangeExtension(Path.GetFullPath(file), null) is var folder && folder == Path.GetFullPath(file) ? $"{folder}-{DefaultOutput}" : folder;

    private EpochMeasure Measure(string word) => Array.FindIndex(Measures, measure => RunEnums.NameOf(measure) == word) is var found and >= 0
        ? Measures[found]
        : throw new InvalidInputException(_metric.Name, $"must be {string.Join(", ", Measures.SkipLast(1).Select(RunEnums.NameOf))} or {RunEnums.NameOf(Measures[^1])}, got '{word}'");

    private long Bytes(string text) => ByteSize.TryParse(text, out var bytes) && bytes > 0
        ? bytes
        : throw new InvalidInputException(_maxModel.Name, $"must be a number of bytes such as 500K or 5M, got '{text}'");

    private void Write(Recommendation recommended, ParseResult parsed)
    {
        if (parsed.GetValue(_write) is not { } file)
        {
            return;
        }

        var isForCluster = _cluster.IsNamed(parsed);
        OutputFault.Write(_write.Name, file, isForCluster ? RunFile.WriteForCluster(recommended.Spec) : RunFile.Write(recommended.Spec));
        if (!parsed.GetValue(_json))
        {
            console.Output.WriteLine($"Next: dfreeze {(isForCluster ? "submit" : "train")} -f {ShellWord.Of(file)}");
        }
    }
}
