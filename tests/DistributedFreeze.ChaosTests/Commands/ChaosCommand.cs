using System.Globalization;
using DistributedFreeze.Chaos.Checks;
using DistributedFreeze.Chaos.Scenarios;
using DistributedFreeze.Chaos.Stage;

namespace DistributedFreeze.Chaos.Commands;

/// <summary>Plays any number of random scenarios, or one again.</summary>
internal static class ChaosCommand
{
    private const string Usage = "usage: --random N [--seed S] [--kinds KIND,KIND] [--logs FOLDER] | --replay KIND:SEED [--logs FOLDER]";

    /// <returns>The exit code: 0 where all is well, 1 where something is wrong, 2 where the command is.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        List<Scenario> scenarios;
        try
        {
            scenarios = args[0] == "--replay" ? [Scenario.Parse(args.ElementAtOrDefault(1) ?? "")] : [.. Random(args)];
        }
        catch (FormatException wrong)
        {
            await Console.Error.WriteLineAsync($"error: {wrong.Message}{Environment.NewLine}{Usage}");
            return 2;
        }

        var logs = ValueOf(args, "--logs") ?? Path.Combine(Path.GetTempPath(), $"dfreeze-chaos-logs-{Environment.ProcessId}");
        using var asked = new CancellationTokenSource();
        Console.CancelKeyPress += (_, pressed) =>
        {
            pressed.Cancel = true;
            asked.Cancel();
        };
        using var data = await ChaosData.MakeAsync(asked.Token);
        Directory.CreateDirectory(logs);
        await using var player = new ScenarioPlayer(data, logs);
        var outcomes = new List<Outcome>();
        foreach (var scenario in scenarios.TakeWhile(_ => !asked.IsCancellationRequested))
        {
            var outcome = await player.PlayAsync(scenario, asked.Token);
            outcomes.Add(outcome);
            Console.WriteLine(outcome);
        }

        Console.WriteLine();
        Console.WriteLine($"logs: {logs}");
        Console.Write(OutcomeTable.Of(outcomes));
        return outcomes.TrueForAll(outcome => outcome.Problems.IsEmpty) ? 0 : 1;
    }

    private static IEnumerable<Scenario> Random(string[] args)
    {
        var count = Number(args.ElementAtOrDefault(1), "--random");
        var random = new Random(ValueOf(args, "--seed") is { } seed ? Number(seed, "--seed") : Environment.TickCount);
        var kinds = ValueOf(args, "--kinds")?.Split(',').Select(Scenario.KindOf).ToArray()
            ?? Enum.GetValues<ScenarioKind>();
        return Enumerable.Repeat(0, int.MaxValue)
            .Select(_ => Scenario.Of(kinds[random.Next(kinds.Length)], random.Next(1_000_000)))
            .Where(scenario => (OutputDisk.IsPossible || !scenario.FillsDisk) && (SiloNetwork.IsPossible || !scenario.CutsLinks))
            .Take(count);
    }

    private static int Number(string? text, string option) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new FormatException($"{option} needs a number, got '{text}'.");

    private static string? ValueOf(string[] args, string option) => Array.IndexOf(args, option) is >= 0 and var at ? args.ElementAtOrDefault(at + 1) : null;
}
