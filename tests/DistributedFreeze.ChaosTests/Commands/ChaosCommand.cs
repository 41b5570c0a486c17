using DistributedFreeze.Chaos.Checks;
using DistributedFreeze.Chaos.Scenarios;
using DistributedFreeze.Chaos.Stage;

namespace DistributedFreeze.Chaos.Commands;

/// <summary>Plays any number of random scenarios, or one again.</summary>
internal static class ChaosCommand
{
    public const string Usage = "--random N [--seed S] [--kinds KIND,KIND] [--logs FOLDER] | --replay KIND:SEED [--logs FOLDER]";

    /// <returns>The exit code: 0 where all is well, 1 where something is wrong.</returns>
    /// <exception cref="FormatException">The arguments say no scenario.</exception>
    public static async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        List<Scenario> scenarios = arguments.Command == "--replay" ? [Scenario.Parse(arguments.Value("--replay")!)] : [.. Random(arguments)];
        using var data = await ChaosData.MakeAsync(cancellationToken);
        Directory.CreateDirectory(arguments.Logs);
        await using var player = new ScenarioPlayer(data, arguments.Logs);
        var outcomes = new List<Outcome>();
        foreach (var scenario in scenarios.TakeWhile(_ => !cancellationToken.IsCancellationRequested))
        {
            var outcome = await player.PlayAsync(scenario, cancellationToken);
            outcomes.Add(outcome);
            Console.WriteLine(outcome);
        }

        Console.WriteLine();
        Console.WriteLine($"logs: {arguments.Logs}");
        Console.Write(OutcomeTable.Of(outcomes));
        return outcomes.TrueForAll(outcome => outcome.Problems.IsEmpty) ? 0 : 1;
    }

    private static IEnumerable<Scenario> Random(Arguments arguments)
    {
        var count = arguments.Number("--random")!.Value;
        var random = new Random(arguments.Number("--seed") ?? Environment.TickCount);
        var kinds = arguments.Value("--kinds")?.Split(',').Select(Scenario.KindOf).ToArray()
            ?? Enum.GetValues<ScenarioKind>();
        return Enumerable.Repeat(0, int.MaxValue)
            .Select(_ => Scenario.Of(kinds[random.Next(kinds.Length)], random.Next(1_000_000)))
            .Where(scenario => (OutputDisk.IsPossible || !scenario.NeedsDisk)
                && (SiloNetwork.IsPossible || !scenario.CutsLinks)
                && (SiloClocks.IsPossible || !scenario.SetsClocks))
            .Take(count);
    }
}
