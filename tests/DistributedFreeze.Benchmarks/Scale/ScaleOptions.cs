using System.Collections.Immutable;
using System.Globalization;

namespace DistributedFreeze.Benchmarks.Scale;

/// <summary>What to measure, and on which silo.</summary>
internal sealed record ScaleOptions
{
    /// <summary>The silo's program: another version's may be measured.</summary>
    public string Silo { get; private init; } = Path.Combine(AppContext.BaseDirectory, "DistributedFreeze.Silo.dll");

    /// <summary>Epochs of a head after which time and bytes are read.</summary>
    public ImmutableArray<int> Epochs { get; private init; } = [100, 1_000, 10_000];

    /// <summary>Runs that wait.</summary>
    public ImmutableArray<int> Queues { get; private init; } = [100, 1_000, 10_000];

    /// <summary>Who watch one run.</summary>
    public ImmutableArray<int> Watchers { get; private init; } = [1, 50, 250];

    /// <summary>Classes of a head.</summary>
    public ImmutableArray<int> Classes { get; private init; } = [1_000, 10_000];

    /// <summary>Devices of a simulated run.</summary>
    public ImmutableArray<int> Devices { get; private init; } = [1, 10, 100, 1_000];

    /// <summary>Rounds of what is timed in turn.</summary>
    public int Rounds { get; private init; } = 5;

    /// <param name="args">Arguments, such as <c>--epochs 100,1000</c>; an empty list leaves a part out.</param>
    public static ScaleOptions Of(string[] args)
    {
        var options = new ScaleOptions();
        return options with
        {
            Silo = After("--silo") ?? options.Silo,
            Epochs = Numbers("--epochs") ?? options.Epochs,
            Queues = Numbers("--queues") ?? options.Queues,
            Watchers = Numbers("--watchers") ?? options.Watchers,
            Classes = Numbers("--classes") ?? options.Classes,
            Devices = Numbers("--devices") ?? options.Devices,
            Rounds = Numbers("--rounds") is [var rounds] ? rounds : options.Rounds,
        };

        string? After(string name) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : null;

        ImmutableArray<int>? Numbers(string name) => After(name) is { } list
            ? [.. list.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(number => int.Parse(number, CultureInfo.InvariantCulture))]
            : null;
    }
}
