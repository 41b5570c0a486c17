using System.Collections.Immutable;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using DistributedFreeze.Sweeps;

namespace DistributedFreeze.Specs.Sweeps;

/// <summary>Reads the file of a sweep, as far as it does not need the run itself.</summary>
/// <remarks>The run within it is read by the reader of run files, so that it has the same fields and the same errors.</remarks>
public static class SweepFile
{
    /// <summary>The fields of the file.</summary>
    public static ImmutableArray<string> Fields { get; } = ["name", "run", "vary", "samples", "sampling", "seed", "metric", "halving"];

    /// <summary>Words for <c>sampling</c>.</summary>
    public static ImmutableArray<string> Samplings { get; } = ["quasi-random", "random"];

    /// <summary>Most trials of a sweep.</summary>
    public const int MostTrials = 1_000;

    private const string NamePattern = "1 to 40 letters of a to z, digits, '-' and '_'";
    private const int LongestName = 40;

    /// <summary>Reads a sweep.</summary>
    /// <param name="path">A YAML file of at most 1 MB in UTF-8.</param>
    /// <param name="pathsAsWritten">False lets relative paths count from the file's folder, and <c>~/</c> from the user's home; true leaves them for a silo to resolve.</param>
    /// <exception cref="InvalidInputException">The file is missing, unreadable, too large or not YAML, or a field is unknown, missing or wrong.</exception>
    public static SweepDraft Read(string path, bool pathsAsWritten = false)
    {
        using var text = RunText.Open(path);
        return Parse(text, path, pathsAsWritten);
    }

    /// <summary>Reads the text of a sweep.</summary>
    /// <param name="text">YAML of at most 1 MB.</param>
    /// <param name="name">What to call the text in errors, and the sweep where it has no name.</param>
    /// <param name="pathsAsWritten">As for a file.</param>
    /// <exception cref="InvalidInputException">The text is too large or not YAML, or a field is unknown, missing or wrong.</exception>
    public static SweepDraft Parse(TextReader text, string name, bool pathsAsWritten = false)
    {
        var problems = new List<Problem>();
        var root = YamlTree.Read(RunText.Limited(text, name), Path.GetFileName(name), problems);
        var folder = pathsAsWritten ? "" : Path.GetDirectoryName(Path.GetFullPath(name)) ?? "";
        var reader = new FieldReader(root, "", problems);
        var run = Group(reader, root, "run");
        var vary = Group(reader, root, "vary");
        var draft = RunDraft.Of(run, folder);
        var samples = reader.WholeNumber("samples");
        var sampling = reader.Word("sampling", Samplings);
        if (samples is < 1 or > MostTrials)
        {
            reader.Refuse("samples", $"must be from 1 to {MostTrials:#,0}, got {samples}");
        }

        if (sampling is not null && samples is null)
        {
            reader.Refuse("sampling", "says how samples are drawn, and there is none: give it, or leave this out for every combination");
        }

        var sweep = new SweepDraft
        {
            Name = Name(reader, name),
            Run = draft,
            Folder = folder,
            Variables = Variables(vary, draft.Phases, samples is not null, problems),
            Samples = samples,
            Sampling = samples is null ? SweepSampling.Grid : sampling == "random" ? SweepSampling.Random : SweepSampling.QuasiRandom,
            Seed = reader.WholeNumber("seed") ?? 0,
            Metric = reader.Word("metric", RunEnums.Measure.All) is { } metric ? RunEnums.Measure.Find(metric)!.Value : EpochMeasure.Accuracy,
            Halving = Halving(reader, root),
        };
        reader.Finish();
        return problems.Count == 0 ? sweep : throw new InvalidInputException(problems);
    }

    private static SpecMap Group(FieldReader reader, SpecMap root, string name)
    {
        var what = name == "run" ? "the fields of a run file" : "fields of the run and their values, such as `phases[0].epochs: [10, 30]`";
        reader.Know([name]);
        switch (root.Find(name))
        {
            case SpecMap { Fields.IsEmpty: false } map:
                return map;
            case null or SpecText { Value: null or "" } or SpecMap:
                reader.Refuse(name, $"is missing; give {what}");
                break;
            case var other:
                reader.Refuse(name, $"must be {what}, got {other.Describe()}");
                break;
        }

        return new(root.Origin, []);
    }

    /// <summary>It becomes part of ids of runs, of names of folders and of a label.</summary>
    private static string Name(FieldReader reader, string file)
    {
        if (reader.Text("name") is not { } name)
        {
            var derived = string.Concat(Path.GetFileNameWithoutExtension(file).Select(letter => IsOfName(letter) ? letter : '-'));
            return derived.Length is 0 ? "sweep" : derived[..Math.Min(derived.Length, LongestName)];
        }

        if (name.Length > LongestName || !name.All(IsOfName))
        {
            reader.Refuse("name", $"must be {NamePattern}, got '{name}'");
        }

        return name;
    }

    private static bool IsOfName(char letter) => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_';

    private static SweepHalving? Halving(FieldReader reader, SpecMap root)
    {
        reader.Know(["halving"]);
        if (root.Find("halving") is null or SpecText { Value: null })
        {
            return null;
        }

        var halving = reader.Map("halving");
        var (from, factor) = (halving.WholeNumber("from_epoch") ?? SweepDraft.DefaultFromEpoch, halving.WholeNumber("factor") ?? SweepDraft.DefaultFactor);
        if (from < 1)
        {
            halving.Refuse("from_epoch", $"must be at least 1, got {from}");
        }

        if (factor is < 2 or > SweepDraft.MostFactor)
        {
            halving.Refuse("factor", $"must be from 2 to {SweepDraft.MostFactor}, got {factor}");
        }

        halving.Finish();
        return new(from, factor);
    }

    private static ImmutableArray<SweepVariable> Variables(SpecMap vary, int phases, bool areDrawn, List<Problem> problems)
    {
        var variables = ImmutableArray.CreateBuilder<SweepVariable>();
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (field, value) in vary.Fields.Select(one => (one.Name, one.Value)))
        {
            var refused = SweepFields.Refuse(field, phases);
            if (refused is null && SweepVariables.Read(field, value, areDrawn, out refused, problems) is { } variable)
            {
                variables.Add(variable);
                var identity = SweepFields.IdentityOf(field, variable.Values.All(one => one is SpecText));
                refused = names.TryAdd(identity, field) ? null : $"would overwrite {names[identity]}, which varies too: vary one of them";
            }

            if (refused is not null)
            {
                problems.Add(new($"vary.{field}", value.Origin.Locate(refused)));
            }
        }

        return variables.ToImmutable();
    }
}
