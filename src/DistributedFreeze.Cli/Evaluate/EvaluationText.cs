using System.Globalization;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Evaluate.Report;
using DistributedFreeze.Evaluation;
using Spectre.Console;

namespace DistributedFreeze.Cli.Evaluate;

/// <summary>An evaluation for a person.</summary>
internal static class EvaluationText
{
    private const int LargestMatrix = 12;
    private const int Mistakes = 5;

    public static void Write(CommandConsole console, EvaluationDocument document, ClassifierEvaluation evaluation)
    {
        var output = console.Output;
        var interval = document.AccuracyInterval;
        output.WriteLine(Line("Model", document.Model.Temperature is { } temperature ? Invariant($"{document.Model.Path}, calibrated at temperature {temperature:F3}") : document.Model.Path));
        output.WriteLine(Line("Images", Invariant($"{Choice(document.Data)} of {document.Data.Path}: {document.Data.Images:N0} of {document.Classes.Length} classes")));
        output.WriteLine();
        output.WriteLine(Invariant($"accuracy {100 * document.Accuracy:F1} % ({100 * interval.Low:F1} to {100 * interval.High:F1})  balanced {100 * document.BalancedAccuracy:F1} %  top {document.TopK.K} {100 * document.TopK.Accuracy:F1} %"));
        output.WriteLine(Invariant($"loss {document.Loss:F4}  Brier score {document.BrierScore:F4}  calibration error {document.ExpectedCalibrationError:F4}"));
        WriteClasses(console, document);
        if (document.Classes.Length <= LargestMatrix)
        {
            WriteConfusion(console, document);
        }

        WriteMistakes(console, evaluation);
    }

    private static string Choice(EvaluatedData data) => data.Split is { } split ? $"split {split}" : "all images";

    private static void WriteClasses(CommandConsole console, EvaluationDocument document)
    {
        var table = NumberTable.Of("Class", "Precision", "Recall", "F1", "ROC AUC", "Images");
        foreach (var one in document.Classes)
        {
            table.AddTexts(one.Class, Share(one.Precision), Share(one.Recall), Share(one.F1), Share(one.RocAuc), Count(one.Support));
        }

        table.AddEmptyRow();
        var (macro, weighted) = (document.Macro, document.Weighted);
        table.AddTexts("mean of classes", Share(macro.Precision), Share(macro.Recall), Share(macro.F1), Share(document.MacroRocAuc), Count(document.Data.Images));
        table.AddTexts("weighted mean", Share(weighted.Precision), Share(weighted.Recall), Share(weighted.F1), "", "");
        console.Rich().Write(table);
    }

    private static void WriteConfusion(CommandConsole console, EvaluationDocument document)
    {
        var table = NumberTable.Of(["Class \\ answer", .. document.Classes.Select(one => one.Class)]);
        foreach (var (row, one) in document.Confusion.Zip(document.Classes))
        {
            table.AddTexts([one.Class, .. row.Select(Count)]);
        }

        console.Rich().Write(table);
    }

    private static void WriteMistakes(CommandConsole console, ClassifierEvaluation evaluation)
    {
        var wrong = evaluation.Images.Count(image => !image.IsRight);
        if (wrong == 0)
        {
            return;
        }

        console.Output.WriteLine(Invariant($"Wrong: {wrong:N0}{(wrong > Mistakes ? $", the surest {Mistakes}" : "")}"));
        foreach (var image in evaluation.SurestMistakes(Mistakes))
        {
            console.Output.WriteLine(Invariant($"  {image.Name}  {evaluation.Classes[image.Answer]} {100 * image.Confidence:F1} %, is {evaluation.Classes[image.Class]}"));
        }
    }

    private static string Share(double? share) => share is { } known ? Invariant($"{known:F4}") : "-";

    private static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    private static string Line(string name, string value) => $"{name,-8} {value}";

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
