using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Export;
using DistributedFreeze.Data;
using DistributedFreeze.Errors;
using DistributedFreeze.Evaluation;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Export;
using Spectre.Console;

namespace DistributedFreeze.Cli.Evaluate;

/// <summary><c>dfreeze compare</c>: what runs were asked that differs, what came of it, and whether the difference means anything.</summary>
internal sealed class CompareCommand(CommandConsole console)
{
    private readonly Argument<string[]> _runs = new("RUN") { Description = "Output folders of finished runs with the same data, at least two", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string?> _data = new("--data") { Description = "Where the images of the runs are now [default: where the runs had them]", HelpName = "DIR" };
    private readonly Option<string?> _weights = new("--weights") { Description = "The base's weights [default: the file that each run had]", HelpName = "FILE" };
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object and nothing else" };

    public Command Build()
    {
        var command = new Command("compare", "Compares runs on their test images, pair by pair (McNemar's exact test), and shows what was asked of them that differs.") { _runs, _data, _weights, _json };
        command.SetAction((parsed, cancellationToken) => Task.Run(() => Compare(parsed, cancellationToken), cancellationToken));
        return command;
    }

    private int Compare(ParseResult parsed, CancellationToken cancellationToken)
    {
        var given = parsed.GetRequiredValue(_runs);
        if (given.Length < 2)
        {
            throw new InvalidInputException(_runs.Name, "must be given at least twice: one run has nothing to be compared with");
        }

        var receipts = given.Select(TrainedRun.ReadReceipt).ToList();
        foreach (var (folder, receipt) in given.Zip(receipts).Where(run => run.Second.DataSha256 != receipts[0].DataSha256))
        {
            throw new InvalidInputException(folder, $"has other images or splits than {given[0]}, so that they cannot be compared image by image (data SHA-256 {receipt.DataSha256[..12]} and {receipts[0].DataSha256[..12]})");
        }

        var images = EvaluationImages.OfRun(receipts[0], parsed.GetValue(_data), Split.Test, cancellationToken);
        if (images.AreTheRuns == false)
        {
            console.WarnOnError($"the images in {images.Root} have changed since the runs: models may have been trained on some of these");
        }

        var quiet = parsed.GetValue(_json);
        var compared = given.Zip(receipts, (folder, receipt) => Evaluate(folder, receipt, images, parsed, cancellationToken)).ToImmutableArray();
        var document = CompareDocument.Of(compared, images);
        if (quiet)
        {
            console.Output.WriteLine(JsonSerializer.Serialize(document, RunJson.Compact));
        }
        else
        {
            Write(document, compared);
        }

        return ExitCode.Ok;
    }

    private ComparedRun Evaluate(string folder, Receipt receipt, EvaluationImages images, ParseResult parsed, CancellationToken cancellationToken)
    {
        using var classifier = RunClassifier.Open(folder, parsed.GetValue(_weights), _weights.Name, maxPixels: null);
        var answers = EvaluatedImages.Classify(classifier, images, folder, parsed.GetValue(_json) ? null : console, cancellationToken);
        return answers.Unreadable.IsEmpty
            ? new(folder, receipt, ClassifierEvaluation.Of(classifier.Classes, answers.Images, receipt.Spec.Seed))
            : throw new InvalidInputException(answers.Unreadable);
    }

    private void Write(CompareDocument document, ImmutableArray<ComparedRun> runs)
    {
        var table = new Table { Border = TableBorder.Simple };
        foreach (var name in document.Runs.Select(run => run.Path).Prepend(""))
        {
            table.AddColumn(new TableColumn(new Text(name)) { Padding = new Padding(0, 0, 2, 0) });
        }

        foreach (var difference in document.Differences)
        {
            Row(difference.Field, difference.Values.Select(value => value?.ToJsonString() ?? "-"));
        }

        table.AddEmptyRow();
        Row("accuracy", document.Runs.Select(run => Invariant($"{100 * run.Accuracy:F1} % ({100 * run.AccuracyLow:F1} to {100 * run.AccuracyHigh:F1})")));
        Row("balanced accuracy", document.Runs.Select(run => Invariant($"{100 * run.BalancedAccuracy:F1} %")));
        Row("macro F1", document.Runs.Select(run => Invariant($"{run.MacroF1:F4}")));
        Row("loss", document.Runs.Select(run => Invariant($"{run.Loss:F4}")));
        Row("calibration error", document.Runs.Select(run => Invariant($"{run.ExpectedCalibrationError:F4}")));
        Row("trained parameters", runs.Select(run => Invariant($"{run.Receipt.TrainableParameters:N0}")));
        Row("time", runs.Select(run => Amount.Duration(run.Receipt.Seconds)));
        console.Rich().Write(table);
        console.Output.WriteLine(Invariant($"On the same {document.Images:N0} test images:"));
        foreach (var pair in document.Pairs)
        {
            console.Output.WriteLine(Invariant(
                $"  {pair.Second} against {pair.First}: {pair.OnlySecond} right that were wrong, {pair.OnlyFirst} wrong that were right; p {(pair.P < 0.0001 ? "< 0.0001" : Invariant($"= {pair.P:0.####}"))}, {(pair.IsDifference ? "a difference" : "not distinguishable")}"));
        }

        void Row(string name, IEnumerable<string> cells) => table.AddRow(cells.Prepend(name).Select(cell => new Text(cell)));
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
