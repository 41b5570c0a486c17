using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using DistributedFreeze.Sweeps;

namespace DistributedFreeze.Specs.Sweeps;

/// <summary>A sweep in the making: its run is not judged yet, and values may be laid over it. Immutable and thread-safe.</summary>
public sealed record SweepDraft
{
    /// <summary>Epochs after which trials are compared first, where halving is asked for and does not say: after one or two the order is mostly noise.</summary>
    public const int DefaultFromEpoch = 3;

    /// <summary>One of so many goes on, where halving is asked for and does not say.</summary>
    public const int DefaultFactor = 3;

    /// <summary>Greatest factor of halving.</summary>
    public const int MostFactor = 10;

    /// <summary>Draws for each trial, where values are so few that the same come again.</summary>
    private const int MostDraws = 20;

    internal SweepDraft()
    {
    }

    /// <summary>The sweep's name.</summary>
    public required string Name { get; init; }

    /// <summary>The run that all trials are variations of.</summary>
    public required RunDraft Run { get; init; }

    /// <summary>By what trials are compared, on the validation images.</summary>
    public required EpochMeasure Metric { get; init; }

    /// <summary>When trials are stopped early; null where all are trained whole.</summary>
    public required SweepHalving? Halving { get; init; }

    /// <summary>How values are chosen.</summary>
    public required SweepSampling Sampling { get; init; }

    internal ImmutableArray<SweepVariable> Variables { get; init; } = [];

    /// <summary>How many trials are drawn; null for every combination.</summary>
    internal int? Samples { get; init; }

    /// <summary>Of drawing.</summary>
    internal int Seed { get; init; }

    /// <summary>Where relative paths count from; empty leaves them for a silo to resolve.</summary>
    internal string Folder { get; init; } = "";

    /// <summary>Whether trials differ in a field of this path.</summary>
    /// <param name="field">The path.</param>
    public bool Varies(string field) => Variables.Any(variable => variable.Field == field);

    /// <summary>Makes every trial's run and validates it.</summary>
    /// <param name="outputs">The folder in which trials have folders of their own.</param>
    /// <param name="build">Makes a valid run of a draft; null for <see cref="RunDraft.Build"/>.</param>
    /// <exception cref="InvalidInputException">There are too many trials, or a trial is no valid run: named by the value that makes it so.</exception>
    public Sweep Build(string outputs, Func<RunDraft, RunSpec>? build = null)
    {
        build ??= draft => draft.Build();
        var (trials, seen) = (ImmutableArray.CreateBuilder<SweepTrial>(), new HashSet<string>(StringComparer.Ordinal));
        foreach (var values in Points())
        {
            var draft = Variables.Zip(values).Aggregate(Run, (laid, pair) => Lay(laid, pair.First, pair.Second))
                .With("output", Path.Combine(outputs, SweepTrial.NameOf(trials.Count + 1)), "output");
            var spec = build(draft);
            var key = KeyOf(spec);
            if (seen.Add(KeyOf(spec with { Model = HeadInputs.Ordered(spec.Model) })))
            {
                trials.Add(new(trials.Count + 1, key, [.. values.Select(SweepVariable.Text)], spec));
            }

            if (trials.Count == Samples)
            {
                break;
            }
        }

        return new()
        {
            Name = Name,
            Metric = Metric,
            Halving = Halving,
            Fields = [.. Variables.Select(variable => variable.Field)],
            Trials = trials.ToImmutable(),
            Key = Hash($"{RunEnums.NameOf(Metric)}\n{Halving?.FromEpoch} {Halving?.Factor}\n{string.Join('\n', trials.Select(trial => trial.Key))}"),
        };
    }

    private IEnumerable<ImmutableArray<SpecNode>> Points()
    {
        if (Variables.All(variable => variable.Range is null) && Grid() is var grid && (Samples is null || grid <= Samples))
        {
            return grid <= SweepFile.MostTrials
                ? SweepPoints.Grid([.. Variables.Select(variable => variable.Values.Length)]).Select(point => point.Select((value, i) => Variables[i].Values[value]).ToImmutableArray())
                : throw new InvalidInputException("vary", $"gives {grid:#,0} trials, and a sweep has at most {SweepFile.MostTrials:#,0}: list fewer values, or draw some of them by samples");
        }

        return Enumerable.Range(0, Samples!.Value * MostDraws)
            .Select(trial => Sampling == SweepSampling.Random ? SweepPoints.Random(Seed, trial, Variables.Length) : SweepPoints.QuasiRandom(Seed, trial, Variables.Length))
            .Select(point => point.Select((place, i) => Variables[i].At(place)).ToImmutableArray());
    }

    private long Grid() => Variables.Aggregate(1L, (product, variable) => Math.Min(int.MaxValue, product * variable.Values.Length));

    private RunDraft Lay(RunDraft draft, SweepVariable variable, SpecNode value) =>
        draft.Changed(root => FilePaths.Beside(Folder, SweepFields.With(root, variable.Field, value), home: Folder.Length > 0));

    private static string KeyOf(RunSpec spec) => Hash(JsonSerializer.Serialize(spec with { Output = "", Labels = RunLabels.None, Replicas = null, MinReplicas = 1 }, RunJson.Stored));

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
