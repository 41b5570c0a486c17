using System.Globalization;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Runs;
using Spectre.Console;

namespace DistributedFreeze.Cli.Plan;

/// <summary>What a cluster says that a run would be, for people.</summary>
internal sealed class ClusterPlanText(CommandConsole console)
{
    public void Write(PlannedRun plan)
    {
        Line("Data", plan.Spec.Data.Path);
        Line("Images", (plan.Spec.Data is { Split: null, Folds: null } ? "" : "about ") + Invariant($"{plan.TrainImages:N0} to train on, {plan.ValidationImages:N0} to validate, {plan.TestImages:N0} to test"));
        Line("Classes", Invariant($"{plan.Classes.Length:N0}: {Names(plan)}"));
        if (plan.Spec.From is { } from)
        {
            Line("From", from);
        }

        Line("Output", plan.Spec.Output);
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumn(Column("Phase"));
        table.AddColumn(Column("Boundary"));
        foreach (var name in (string[])["Trainable", "Frozen", "All-reduce per step", "Features per image"])
        {
            table.AddColumn(Column(name).RightAligned());
        }

        foreach (var (index, phase) in plan.Phases.Index())
        {
            table.AddRow(
                Invariant($"{index + 1}"),
                phase.Boundary,
                Invariant($"{phase.TrainableParameters:N0}"),
                Invariant($"{phase.FrozenParameters:N0}"),
                Amount.Bytes(phase.AllReduceBytes),
                Amount.Bytes(phase.FeatureBytes));
        }

        console.Rich().Write(table);
        if (plan.Memory is { } memory)
        {
            MemoryText.Write(console, memory);
        }

        foreach (var warning in plan.Phases.SelectMany(phase => phase.Warnings).Distinct())
        {
            console.Warn(warning);
        }
    }

    // There may be a thousand.
    private static string Names(PlannedRun plan) => plan.Classes.Length <= 10
        ? string.Join(", ", plan.Classes)
        : string.Join(", ", plan.Classes.Take(10)) + ", ...";

    private static TableColumn Column(string name) => new(name) { Padding = new Padding(0, 0, 1, 0), NoWrap = true };

    private void Line(string name, string value) => console.Output.WriteLine($"{name,-10} {value}");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
