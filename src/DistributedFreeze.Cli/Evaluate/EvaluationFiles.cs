using System.Globalization;
using System.Text;
using System.Text.Json;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Evaluate.Report;
using DistributedFreeze.Coordination.Files;
using DistributedFreeze.Errors;
using DistributedFreeze.Evaluation;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Evaluate;

/// <summary>The files that <c>--output</c> asks for, each of them whole or not there.</summary>
internal sealed class EvaluationFiles
{
    private static readonly Encoding Utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

    private readonly string _folder;
    private readonly string _field;

    private EvaluationFiles(string folder, string field) => (_folder, _field) = (folder, field);

    /// <param name="folder">The folder; made where there is none.</param>
    /// <param name="field">What names it on the command line.</param>
    /// <exception cref="InvalidInputException">It cannot be made.</exception>
    public static EvaluationFiles In(string folder, string field)
    {
        var files = new EvaluationFiles(Path.GetFullPath(folder), field);
        files.Guard(() => Directory.CreateDirectory(files._folder));
        return files;
    }

    /// <exception cref="InvalidInputException">A file cannot be written.</exception>
    public void Write(EvaluationDocument document, ClassifierEvaluation evaluation, string report) => Guard(() =>
    {
        AtomicFile.Write(Path.Combine(_folder, "evaluation.json"), stream => JsonSerializer.Serialize(stream, document, RunJson.Indented));
        Lines("predictions.csv", Predictions(evaluation));
        Lines("confusion.csv", Confusion(document));
        AtomicFile.Write(Path.Combine(_folder, "report.html"), stream => stream.Write(Utf8.GetBytes(report)));
    });

    private static IEnumerable<IEnumerable<string>> Predictions(ClassifierEvaluation evaluation)
    {
        yield return ["image", "class", "answer", "correct", .. evaluation.Classes];
        foreach (var image in evaluation.Images)
        {
            yield return
            [
                image.Name, evaluation.Classes[image.Class], evaluation.Classes[image.Answer], image.IsRight ? "1" : "0",
                .. image.Probabilities.Select(probability => probability.ToString("R", CultureInfo.InvariantCulture)),
            ];
        }
    }

    private static IEnumerable<IEnumerable<string>> Confusion(EvaluationDocument document) =>
    [
        ["class", .. document.Classes.Select(one => one.Class)],
        .. document.Confusion.Zip(document.Classes, (row, one) => row.Select(count => count.ToString(CultureInfo.InvariantCulture)).Prepend(one.Class)),
    ];

    private void Lines(string name, IEnumerable<IEnumerable<string>> rows) => AtomicFile.Write(Path.Combine(_folder, name), stream =>
    {
        using var writer = new StreamWriter(stream, Utf8, leaveOpen: true) { NewLine = "\r\n" }; // RFC 4180
        foreach (var row in rows)
        {
            writer.WriteLine(string.Join(',', row.Select(Cell)));
        }
    });

    private static string Cell(string text) => text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;

    private void Guard(Action write) => OutputFault.Named(_field, write);
}
