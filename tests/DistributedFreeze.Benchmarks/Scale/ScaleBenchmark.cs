using System.Globalization;
using Spectre.Console;

namespace DistributedFreeze.Benchmarks.Scale;

/// <summary>What long histories, long queues and many watchers cost.</summary>
internal static class ScaleBenchmark
{
    public static async Task RunAsync(ScaleOptions options, Action<string> say)
    {
        if (!options.Epochs.IsEmpty)
        {
            var table = new Table().AddColumns("epochs", "ms an epoch", "stored bytes an epoch");
            foreach (var row in await EpochScale.MeasureAsync(options.Silo, options.Epochs, say))
            {
                table.AddRow($"{Text(row.From)} to {Text(row.To)}", Text(row.Milliseconds, "N1"), Text(row.Bytes));
            }

            AnsiConsole.Write(table);
        }

        if (!options.Queues.IsEmpty)
        {
            var table = new Table().AddColumns("queued runs", "share of a core, idle", "/devices, ms", "submit, ms", "next prepares after, ms");
            foreach (var runs in options.Queues)
            {
                var row = await QueueScale.MeasureAsync(options.Silo, runs, say);
                table.AddRow(Text(row.Runs), Text(row.IdleShare, "P1"), Text(row.Devices, "N1"), Text(row.Submit, "N1"), Text(row.Next));
            }

            AnsiConsole.Write(table);
        }

        if (!options.Watchers.IsEmpty)
        {
            var table = new Table().AddColumns("watchers", "median lag, ms", "median epoch, ms");
            foreach (var watchers in options.Watchers)
            {
                var row = await WatcherScale.MeasureAsync(options.Silo, watchers, say);
                table.AddRow(Text(row.Watchers), Text(row.Lag, "N1"), Text(row.Epoch, "N1"));
            }

            AnsiConsole.Write(table);
        }
    }

    private static string Text(IFormattable value, string format = "N0") => value.ToString(format, CultureInfo.InvariantCulture);
}
