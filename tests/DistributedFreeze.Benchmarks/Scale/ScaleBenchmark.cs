using System.Globalization;
using Spectre.Console;

namespace DistributedFreeze.Benchmarks.Scale;

/// <summary>What long histories, long queues, many watchers, many devices and large heads cost.</summary>
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

        if (!options.Devices.IsEmpty)
        {
            var table = new Table().AddColumns("devices", "coordination of a window, ms", "a device's part, µs", "least, ms", "greatest, ms", "group formed in, ms");
            foreach (var devices in options.Devices)
            {
                var row = await DeviceScale.MeasureAsync(devices, say);
                table.AddRow(
                    Text(row.Devices), Text(row.Window, "N3"), Text(1_000 * row.Window / row.Devices, "N1"), Text(row.Least, "N3"), Text(row.Greatest, "N3"), Text(row.Formed, "N1"));
            }

            AnsiConsole.Write(table);
        }

        if (!options.Classes.IsEmpty)
        {
            var table = new Table().AddColumns("classes", "optimizer", "step, ms", "its products of matrices, ms", "ratio");
            foreach (var classes in options.Classes)
            {
                foreach (var row in await HeadScale.MeasureAsync(classes, options.Rounds, say))
                {
                    table.AddRow(
                        Text(row.Classes), $"{row.Optimizer}", Text(row.Step, "N1"), Text(row.Products, "N1"),
                        $"{Text(row.Ratio.Value, "N2")} ({Text(row.Ratio.Min, "N2")} to {Text(row.Ratio.Max, "N2")})");
                }
            }

            AnsiConsole.Write(table);
        }
    }

    private static string Text(IFormattable value, string format = "N0") => value.ToString(format, CultureInfo.InvariantCulture);
}
