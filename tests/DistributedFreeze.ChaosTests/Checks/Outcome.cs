using System.Collections.Immutable;
using System.Globalization;
using DistributedFreeze.Chaos.Scenarios;

namespace DistributedFreeze.Chaos.Checks;

/// <summary>How a scenario ended.</summary>
internal sealed record Outcome
{
    public required Scenario Scenario { get; init; }

    /// <summary>What is wrong, a sentence each; empty where all is well.</summary>
    public required ImmutableArray<string> Problems { get; init; }

    /// <summary>How the run ended.</summary>
    public required string Ended { get; init; }

    /// <summary>Seconds from the submission to the end.</summary>
    public double Seconds { get; init; }

    /// <summary>Seconds from the last silo's loss to the next window that is done; null where none was lost, or none followed.</summary>
    public double? Recovery { get; init; }

    /// <summary>The longest that passed between the ends of two windows, in seconds; null where there are no two.</summary>
    public double? Gap { get; init; }

    /// <summary>The most steps that were told again after a loss.</summary>
    public int Repeated { get; init; }

    /// <summary>Seconds from the end until every device was free.</summary>
    public double? Free { get; init; }

    /// <summary>The longest that an event took to reach a client that watched.</summary>
    public double Late { get; init; }

    /// <summary>Faults whose moment never came.</summary>
    public int Missed { get; init; }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Scenario.Name,-28} {(Problems.IsEmpty ? "ok" : "WRONG"),-5} {Ended,-10} {Seconds,6:0.0} s, next step after {Recovery,5:0.0} s, longest gap {Gap,5:0.0} s, {Repeated} steps again, devices free after {Free,4:0.0} s, told after {Late,4:0.0} s")
        + (Missed > 0 ? $", {Missed} faults came too late" : "")
        + string.Concat(Problems.Select(problem => $"{Environment.NewLine}    {problem}"));
}
