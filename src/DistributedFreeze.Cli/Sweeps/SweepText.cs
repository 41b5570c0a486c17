using System.Globalization;
using DistributedFreeze.Cli.Advise;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Runs;
using DistributedFreeze.Sweeps;

namespace DistributedFreeze.Cli.Sweeps;

/// <summary>A sweep for a person.</summary>
internal static class SweepText
{
    /// <summary>The names of the columns.</summary>
    public static IEnumerable<string> Columns(SweepDocument document) => ["Trial", .. ShortNames(document.Fields), AdviceNumbers.Name(document.Metric), "Epoch", "State", "Time"];

    /// <summary>A row of the table.</summary>
    public static string[] Row(SweepDocument document, TrialDocument trial) =>
    [
        trial.Name,
        .. trial.Values,
        trial.Score is { } score ? Score(document.Metric, score) : "-",
        trial.Epoch is { } epoch ? Invariant($"{epoch}/{trial.Result.Epochs.Length}") : "-",
        State(trial.Result),
        Amount.Duration(trial.Result.Seconds),
    ];

    public static void Write(CommandConsole console, SweepDocument document)
    {
        var table = NumberTable.Of([.. Columns(document)]);
        foreach (var trial in document.Trials)
        {
            table.AddTexts(Row(document, trial));
        }

        console.Rich().Write(table);
        console.Output.WriteLine($"Epoch: whose weights count, of those trained.{(document.Halving is null ? "" : " Trials that were stopped lagged behind after as many epochs as they have.")}");
        foreach (var trial in document.Trials.Where(trial => trial.Result.Reason is not null))
        {
            console.Output.WriteLine($"  {trial.Name}: {trial.Result.Reason}");
        }
    }

    /// <summary>Says where the best run lies.</summary>
    public static void WriteBest(CommandConsole console, BestRun best)
    {
        var test = best.Test is { } measured
            ? Invariant($"; on {measured.Images:N0} test images, seen by no other trial: accuracy {100 * measured.Accuracy:F1} % ({100 * measured.AccuracyLow:F1} to {100 * measured.AccuracyHigh:F1})")
            : "";
        console.Output.WriteLine($"Best: {best.Trial}, kept in {best.Output}{test}");
    }

    /// <summary>A score in the metric's unit.</summary>
    public static string Score(EpochMeasure metric, double score) => AdviceNumbers.IsShare(metric) ? Invariant($"{100 * score:F1}") : Invariant($"{score:F4}");

    /// <summary>The last words of paths, as many as tell them apart.</summary>
    public static IReadOnlyList<string> ShortNames(IReadOnlyList<string> fields)
    {
        return [.. fields.Select(Short)];

        string Short(string field)
        {
            var words = field.Split('.');
            for (var count = 1; count < words.Length; count++)
            {
                var name = string.Join('.', words[^count..]);
                if (fields.Count(other => other == name || other.EndsWith($".{name}", StringComparison.Ordinal)) == 1)
                {
                    return name;
                }
            }

            return field;
        }
    }

    private static string State(TrialResult result) => result.State.ToString().ToLowerInvariant();

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
