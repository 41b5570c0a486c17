using System.Globalization;
using DistributedFreeze.Grains;
using DistributedFreeze.Grains.Telemetry;
using DistributedFreeze.Runs;
using DistributedFreeze.Simulation.Runs;
using Microsoft.Extensions.DependencyInjection;

namespace DistributedFreeze.Simulation;

/// <summary>
/// Laws 2, 3 and 5 in a world of one thread: the product's coordinator, driver, scheduler, leases, events and positions, over a network, a
/// store, a disk and clocks that a seed decides. <c>docs/protocol.md</c> says how to play on, and how to play one seed again.
/// </summary>
[Slow]
public sealed class SimulationTests(ITestOutputHelper output) : IDisposable
{
    private const long DefaultTurns = 1_000_000;

    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // as a trial that is compared with others after each epoch
    public void WhateverBefallsARun_ItEndsRightOrSaysWhy(bool inPieces)
    {
        var seed = (int)Setting("DFREEZE_SIMULATION_SEED", 1);
        var turns = Setting("DFREEZE_SIMULATION_TURNS", DefaultTurns);
        var ends = new Dictionary<RunState, int>();
        var played = 0L;
        var lost = 0;
        var scenarios = 0;
        for (; played < turns; seed++)
        {
            var outcome = Play(seed, inPieces: inPieces);
            Assert.True(outcome.Violation is null, outcome.Story);
            played += outcome.Turns;
            lost += outcome.StepsLost;
            scenarios++;
            ends[outcome.State!.Value] = ends.GetValueOrDefault(outcome.State.Value) + 1;
            if (turns == 1)
            {
                output.WriteLine(outcome.Story);
            }
        }

        output.WriteLine($"{scenarios} scenarios, {played} turns, {lost} steps done again: {string.Join(", ", ends.Select(end => $"{end.Value} {end.Key}"))}");
    }

    [Theory]
    [InlineData(3)]
    [InlineData(8)]
    public void ASeed_GivesTheSameStoryAgain(int seed)
    {
        var (one, other) = (Play(seed), Play(seed));

        Assert.Equal(one.Turns, other.Turns);
        Assert.Equal(one.Lines, other.Lines);
    }

    /// <summary>It would not be worth much if it did not find what the product once did wrong.</summary>
    /// <param name="fault">What replicas do wrong.</param>
    /// <param name="seed">To begin with: soon before one that finds it.</param>
    [Theory]
    [InlineData(SimFault.KeepsTensors, 1)]
    [InlineData(SimFault.ScoresAnyState, 400)]
    [InlineData(SimFault.BroadcastsTwice, 1)]
    internal void AFault_IsFound(SimFault fault, int seed)
    {
        var first = seed;
        for (var played = 0L; played < DefaultTurns; seed++)
        {
            var outcome = Play(seed, fault);
            if (outcome.Violation is { } violation)
            {
                output.WriteLine($"seed {seed}: {violation}");
                return;
            }

            played += outcome.Turns;
        }

        Assert.Fail($"{seed - first} scenarios, and none has found that {fault}");
    }

    public void Dispose() => _services.Dispose();

    private Outcome Play(int seed, SimFault fault = SimFault.None, bool inPieces = false)
    {
        var meters = _services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>();
        using var traces = new RunTraces(TimeProvider.System);
        using var scenario = new Scenario(seed, new(new(meters, new(), TimeProvider.System, new CoordinationOptions()), traces), new(meters), fault, inPieces);
        return scenario.Play();
    }

    private static long Setting(string name, long otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? long.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
