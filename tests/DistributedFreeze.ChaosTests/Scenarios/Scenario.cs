using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace DistributedFreeze.Chaos.Scenarios;

/// <summary>What befalls one run, as plain data that a kind and a seed say in full.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Silos">Silos at first.</param>
/// <param name="ComputesFeatures">Whether the run computes features, rather than find those of the undisturbed run.</param>
/// <param name="Faults">What is done, in order.</param>
internal sealed record Scenario(ScenarioKind Kind, int Seed, int Silos, bool ComputesFeatures, ImmutableArray<Fault> Faults)
{
    private static readonly ScenarioKind[] Pairable =
    [
        ScenarioKind.Worker, ScenarioKind.Coordinator, ScenarioKind.HungWorker, ScenarioKind.HungCoordinator, ScenarioKind.RedisRestart,
        ScenarioKind.RedisSlow, ScenarioKind.Join, ScenarioKind.JoinKill, ScenarioKind.DiskFull,
    ];

    /// <summary>Such as <c>join-kill:17</c>; <see cref="Parse"/> makes the same scenario of it.</summary>
    public string Name => $"{NameOf(Kind)}:{Seed.ToString(CultureInfo.InvariantCulture)}";

    /// <summary>Whether it ends with the undisturbed run's model.</summary>
    public bool Succeeds => Kind is not (ScenarioKind.Cancel or ScenarioKind.Delete);

    /// <summary>Whether no silo may be lost.</summary>
    public bool LosesNobody => Kind is ScenarioKind.Load or ScenarioKind.RedisRestart or ScenarioKind.RedisSlow or ScenarioKind.RedisBlink
        or ScenarioKind.DiskFull or ScenarioKind.ReadOnly or ScenarioKind.DiskGone or ScenarioKind.ClockStep or ScenarioKind.Join;

    /// <summary>Whether its silos need a network of their own, whose links can be cut.</summary>
    public bool CutsLinks => Faults.Any(one => one.Kind is FaultKind.CutOneWay or FaultKind.CutBoth or FaultKind.CutOff);

    /// <summary>Whether the run needs a disk of its own for its output.</summary>
    public bool NeedsDisk => Faults.Any(one => one.Kind is FaultKind.FillDisk or FaultKind.ProtectFolder or FaultKind.RemoveDisk);

    /// <summary>Whether its silos need clocks of their own.</summary>
    public bool SetsClocks => Faults.Any(one => one.Kind == FaultKind.SetClock);

    /// <summary>Whether somebody asks after the run all the time; asking wakes a coordinator that sleeps.</summary>
    public bool IsWatched => Kind is not (ScenarioKind.RedisBlink or ScenarioKind.RedisGone);

    /// <summary>The same one for the same arguments.</summary>
    public static Scenario Of(ScenarioKind kind, int seed)
    {
        var random = new Random(unchecked(seed * 397 ^ (int)kind));
        var silos = kind switch
        {
            ScenarioKind.JoinHolder => 1,
            ScenarioKind.Join or ScenarioKind.JoinKill => 2,
            _ => 3,
        };
        var computes = random.Next(3) == 0;
        return new(kind, seed, silos, computes, [.. DisturbancesOf(kind, random)]);
    }

    /// <exception cref="FormatException">It is no name of a scenario.</exception>
    public static Scenario Parse(string name) =>
        name.Split(':') is [var kind, var seed] && int.TryParse(seed, CultureInfo.InvariantCulture, out var number)
            ? Of(KindOf(kind), number)
            : throw new FormatException($"A scenario is KIND:SEED, such as worker:17, got '{name}'.");

    /// <exception cref="FormatException">There is no such kind.</exception>
    public static ScenarioKind KindOf(string name)
    {
        var kinds = Enum.GetValues<ScenarioKind>();
        var index = Array.FindIndex(kinds, kind => NameOf(kind) == name);
        return index >= 0 ? kinds[index] : throw new FormatException($"A kind is one of {string.Join(", ", kinds.Select(NameOf))}, got '{name}'.");
    }

    public static string NameOf(ScenarioKind kind) => JsonNamingPolicy.KebabCaseLower.ConvertName(kind.ToString());

    private static IEnumerable<Fault> DisturbancesOf(ScenarioKind kind, Random random) => kind switch
    {
        ScenarioKind.Worker => [new(FaultKind.Kill, Sometime(random), Role.Worker)],
        ScenarioKind.Coordinator => [new(FaultKind.Kill, Sometime(random), Role.Coordinator)],
        ScenarioKind.Both =>
        [
            new(FaultKind.Kill, Sometime(random), Role.Worker),
            new(FaultKind.Kill, Soon(random, 0, 500), Role.Coordinator),
        ],
        ScenarioKind.TwoOfThree => [new(FaultKind.Kill, Sometime(random), Role.Worker, Role.OtherWorker)],
        ScenarioKind.All =>
        [
            new(FaultKind.Kill, Sometime(random), Role.Everybody),
            new(FaultKind.Start, Soon(random, 0, 2000)),
            new(FaultKind.Start, Soon(random, 0, 500)),
        ],
        ScenarioKind.HungWorker => [new(FaultKind.Hang, Sometime(random), [Role.Worker], Seconds(random, 2, 20))],
        ScenarioKind.HungCoordinator => [new(FaultKind.Hang, Sometime(random), [Role.Coordinator], Seconds(random, 2, 20))],
        ScenarioKind.Rolling => [new(FaultKind.Replace, Sometime(random), Role.Everybody)],
        ScenarioKind.RedisRestart => [new(FaultKind.KillRedis, Sometime(random), [], Seconds(random, 0.2, 6))],
        ScenarioKind.RedisSlow => [new(FaultKind.HangRedis, Sometime(random), [], Seconds(random, 1, 8))],
        ScenarioKind.Join => [new(FaultKind.Start, Sometime(random))],
        ScenarioKind.JoinKill => [new(FaultKind.Start, Early(random)), new(FaultKind.Kill, OnceRegrouped(random), Role.Newcomer)],
        ScenarioKind.JoinHolder => [new(FaultKind.Start, Early(random)), new(FaultKind.Kill, OnceRegrouped(random), Role.Holder)],
        ScenarioKind.Cancel => [new(FaultKind.Kill, Sometime(random), Role.Coordinator), new(FaultKind.Cancel, Soon(random, 0, 4000))],
        ScenarioKind.Pause =>
        [
            new(FaultKind.Kill, Sometime(random), Role.Coordinator),
            new(FaultKind.Pause, Soon(random, 0, 4000)),
            new(FaultKind.Resume, new(Cue.Paused, 0, TimeSpan.FromMilliseconds(random.Next(0, 1500)))),
        ],
        ScenarioKind.Delete =>
        [
            new(FaultKind.Kill, Sometime(random), Role.Coordinator),
            new(FaultKind.Cancel, Soon(random, 0, 4000)),
            new(FaultKind.Delete, Soon(random, 0, 300)),
        ],
        ScenarioKind.DiskFull => [new(FaultKind.FillDisk, Sometime(random), [], Seconds(random, 2, 8))],
        ScenarioKind.ReadOnly => [new(FaultKind.ProtectFolder, Sometime(random), [], Seconds(random, 2, 8))],
        ScenarioKind.DiskGone => [new(FaultKind.RemoveDisk, InTraining(random), [], Seconds(random, 2, 8))],
        ScenarioKind.ClockStep =>
        [
            new(FaultKind.SetClock, Sometime(random), [random.Next(2) == 0 ? Role.Coordinator : Role.Worker], Seconds(random, 1, 10), Wrong(random)),
        ],
        ScenarioKind.RedisBlink => [new(FaultKind.KillRedis, Unwatched(random), [], TimeSpan.FromSeconds(1))],
        ScenarioKind.RedisGone => [new(FaultKind.KillRedis, Unwatched(random), [], TimeSpan.FromSeconds(60))],
        ScenarioKind.LinkOneWay => [new(FaultKind.CutOneWay, Sometime(random), TwoOf(random), Seconds(random, 1, 15))],
        ScenarioKind.LinkBoth => [new(FaultKind.CutBoth, Sometime(random), TwoOf(random), Seconds(random, 1, 15))],
        ScenarioKind.CutOff => [new(FaultKind.CutOff, Sometime(random), [random.Next(2) == 0 ? Role.Coordinator : Role.Worker], Seconds(random, 1, 15))],
        ScenarioKind.Load => [new(FaultKind.Load, new(Cue.Share, 0.01, TimeSpan.Zero), [], TimeSpan.FromSeconds(30))],
        ScenarioKind.Pair => PairOf(random),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "This kind has no faults."),
    };

    private static IEnumerable<Fault> PairOf(Random random)
    {
        var first = DisturbancesOf(Pairable[random.Next(Pairable.Length)], random).ToList();
        var second = DisturbancesOf(Pairable[random.Next(Pairable.Length)], random).ToList();
        second[0] = second[0] with { When = Soon(random, 0, 1000) };
        return [first[0], second[0], .. first.Skip(1), .. second.Skip(1)];
    }

    private static ImmutableArray<Role> TwoOf(Random random)
    {
        Role[] roles = [Role.Coordinator, Role.Worker, Role.OtherWorker];
        random.Shuffle(roles);
        return [.. roles.Take(2)];
    }

    /// <summary>One in eight while the run is still loading.</summary>
    private static When Sometime(Random random) => random.Next(8) == 0
        ? new(Cue.Share, 0, TimeSpan.FromMilliseconds(random.Next(0, 3000)))
        : InTraining(random);

    /// <summary>Once the run has its output folder.</summary>
    private static When InTraining(Random random) => new(Cue.Share, 0.02 + 0.83 * random.NextDouble(), TimeSpan.FromMilliseconds(random.Next(0, 300)));

    /// <summary>Where nobody hears how far the run has come.</summary>
    private static When Unwatched(Random random) => new(Cue.Share, 0, TimeSpan.FromMilliseconds(random.Next(500, 6000)));

    private static When Early(Random random) => new(Cue.Share, 0.02 + 0.2 * random.NextDouble(), TimeSpan.FromMilliseconds(random.Next(0, 300)));

    private static When Soon(Random random, int least, int most) => new(Cue.Before, 0, TimeSpan.FromMilliseconds(random.Next(least, most)));

    private static When OnceRegrouped(Random random) => new(Cue.Regrouped, 0, TimeSpan.FromMilliseconds(random.Next(0, 500)));

    /// <summary>From five seconds to some hours, forward or back.</summary>
    private static TimeSpan Wrong(Random random) => TimeSpan.FromSeconds((random.Next(2) == 0 ? -5 : 5) * Math.Pow(10, 4 * random.NextDouble()));

    private static TimeSpan Seconds(Random random, double least, double most) => TimeSpan.FromSeconds(least + (most - least) * random.NextDouble());
}
