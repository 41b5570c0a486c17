using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Freezing.Estimates;
using DistributedFreeze.Runs;
using Spectre.Console;

namespace DistributedFreeze.Cli.Plan;

/// <summary>What was measured, and what follows from it, for people.</summary>
internal sealed class MeasuredText(CommandConsole console)
{
    public void Write(MeasuredPlan measured)
    {
        console.Output.WriteLine();
        Rates(measured.Rates);
        Phases(measured.Prediction);
        for (var index = 0; index < measured.Prediction.Phases.Length; index++)
        {
            console.Output.WriteLine($"Phase {index + 1}: {console.Fields.In(measured.Prediction.Phases[index].Reason)}.");
        }

        foreach (var limit in measured.Prediction.DecodeLimits)
        {
            console.Output.WriteLine(Text(limit));
        }

        console.Output.WriteLine();
        Total(measured);
    }

    /// <summary>What to do about it is left to what is always so: a replica on the processor has one thread to decode on, and GPUs share the processor's cores.</summary>
    internal static string Text(DecodeLimit limit) =>
        $"Phase {limit.Phase + 1}: decoding is the limit of {(limit.IsLasting ? "every epoch" : "epochs that compute features")}: {Amount.Rate(limit.Decode)} on "
        + $"{(limit.Threads == 1 ? "1 thread" : $"{limit.Threads} threads")} of each replica, where {(limit.HasPrefix ? "the prefix" : "training")} does {Amount.Rate(limit.Computed)}. "
        + "Smaller image files help, and more threads: more replicas, or more processor cores for each GPU.";

    private void Rates(MeasuredRates rates)
    {
        Line("Decoding", $"{Amount.Rate(rates.Decode)} beside what computes{(rates.DecodeThreads > 1 ? $", on {rates.DecodeThreads} threads" : "")}");
        if (rates.PrefixEngine is { } engine)
        {
            Line("Frozen layers", $"by {engine}");
        }

        for (var index = 0; index < rates.Phases.Length; index++)
        {
            var phase = rates.Phases[index];
            Line($"Phase {index + 1}", $"prefix {(phase.Prefix is { } prefix ? Amount.Rate(prefix) : "none")}, tail {Amount.Rate(phase.Tail)}, {Amount.Duration(phase.StepSeconds)} per step besides");
        }

        Line("Cache folder", rates.Disk is { } disk ? $"{Amount.Bytes(disk)}/s" : "none, features stay in memory");
    }

    private void Phases(RunEstimate prediction)
    {
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumn(Column("Phase"));
        table.AddColumn(Column("Boundary"));
        foreach (var name in (string[])["Uncached epoch", "Cached epoch", "Fill", "Size"])
        {
            table.AddColumn(Column(name).RightAligned());
        }

        table.AddColumn(Column("Choice").PadRight(0));
        foreach (var (index, phase) in prediction.Phases.Index())
        {
            table.AddRow(
                $"{index + 1}",
                phase.Boundary,
                Amount.Duration(phase.EpochSecondsWithoutCache),
                Amount.Duration(phase.EpochSecondsWithCache),
                Amount.Duration(phase.FillSeconds),
                Amount.Bytes(phase.CacheBytes),
                phase.Keeps ? "keep" : "compute");
        }

        console.Rich().Write(table);
    }

    private void Total(MeasuredPlan measured)
    {
        var (prediction, overhead) = (measured.Prediction, measured.Overhead);
        Line("Besides", $"{Amount.Duration(overhead.Start)} to start and end, {Amount.Duration(overhead.Load)} to decode every image and load the weights, "
            + $"{Amount.Duration(overhead.Prepare)} to prepare, {Amount.Duration(overhead.Finish)} to prove and write");
        Line("Predicted", $"{Amount.Duration(measured.Seconds)} on {Replicas(prediction.Replicas)}");
        Line("Suggested", prediction.SuggestedReplicas == prediction.Replicas
            ? Replicas(prediction.SuggestedReplicas)
            : $"{Replicas(prediction.SuggestedReplicas)}: {Amount.Duration(measured.SuggestedSeconds)}");
    }

    private static TableColumn Column(string name) => new(name) { Padding = new Padding(0, 0, 1, 0), NoWrap = true };

    private static string Replicas(int count) => count == 1 ? "1 replica" : $"{count} replicas";

    private void Line(string name, string value) => console.Output.WriteLine($"{name,-16} {value}");
}
