using System.Globalization;
using DistributedFreeze.Chaos.Stage;

namespace DistributedFreeze.Chaos.Commands;

/// <summary>Measures what kills cost a long run, against the same run without.</summary>
internal static class GoodputCommand
{
    public const string Usage = "--goodput [--silos N] [--every SECONDS] [--seconds N] [--rounds N] [--seed S] [--logs FOLDER]";

    /// <returns>The exit code: 0, or 2 where the command is wrong.</returns>
    public static async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        var silos = arguments.Number("--silos") ?? Environment.ProcessorCount;
        var every = TimeSpan.FromSeconds(arguments.Number("--every") ?? 15);
        var lasts = TimeSpan.FromSeconds(arguments.Number("--seconds") ?? 120);
        var random = new Random(arguments.Number("--seed") ?? Environment.TickCount);
        using var run = new GoodputRun(silos, arguments.Logs);
        Console.WriteLine($"{silos} silos with a device each; a kill every {every.TotalSeconds:0} s, for {lasts.TotalSeconds:0} s");
        Console.WriteLine();
        Console.WriteLine("| steps/s undisturbed (before, after) | beside silos that start | with kills | kills | share of devices that were up | goodput per device that was up | against silos that start |");
        Console.WriteLine("|---:|---:|---:|---:|---:|---:|---:|");
        for (var round = 0; round < (arguments.Number("--rounds") ?? 1); round++)
        {
            // Before and after: a machine's own speed may change from one minute to the next.
            var before = await run.MeasureAsync(lasts / 2, disturb: null, cancellationToken);
            var disturbed = await run.MeasureAsync(lasts, GoodputRun.Kills(every, random, cancellationToken), cancellationToken);
            var after = await run.MeasureAsync(lasts / 2, disturb: null, cancellationToken);
            var beside = await run.MeasureAsync(lasts, GoodputRun.Starts(every, cancellationToken), cancellationToken);
            var undisturbed = (before.StepsPerSecond + after.StepsPerSecond) / 2;
            var goodput = disturbed.StepsPerSecond / disturbed.DevicesUp;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {undisturbed:0.00} ({before.StepsPerSecond:0.00}, {after.StepsPerSecond:0.00}) | {beside.StepsPerSecond:0.00} | {disturbed.StepsPerSecond:0.00} | {disturbed.Kills} | {disturbed.DevicesUp:0.000} | {goodput / undisturbed:0.000} | {goodput / beside.StepsPerSecond:0.000} |"));
        }

        return 0;
    }
}
