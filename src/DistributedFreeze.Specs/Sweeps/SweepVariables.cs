using System.Collections.Immutable;
using System.Globalization;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Validation;

namespace DistributedFreeze.Specs.Sweeps;

/// <summary>Reads what a field may be: a list of values, or a range of numbers.</summary>
internal static class SweepVariables
{
    private const string Log = "log";
    private const string Weights = "model.weights";
    private const string Linear = "linear";

    /// <param name="field">The field.</param>
    /// <param name="value">What the file says.</param>
    /// <param name="areDrawn">Whether samples are drawn.</param>
    /// <param name="refused">Why it is neither; null where it is one, or where problems say so.</param>
    /// <param name="problems">Receives what is wrong within it.</param>
    /// <returns>Null where something is wrong.</returns>
    public static SweepVariable? Read(string field, SpecNode value, bool areDrawn, out string? refused, List<Problem> problems)
    {
        refused = null;
        switch (value)
        {
            case SpecList list when field == Weights && list.Items.OfType<SpecText>().FirstOrDefault(item => item.Value is { } text && WeightNames.Is(text)) is { } named:
                refused = $"has to name files, since '{named.Value}' would be pulled first: dfreeze weights pull does that, and says the file's path";
                return null;
            case SpecList { Items.IsEmpty: false } list:
                return new(field, value.Origin, list.Items, Range: null);
            case SpecMap map when map.Find("min") is not null || map.Find("max") is not null:
                return Range(field, map, areDrawn, problems);
            case var other:
                refused = $"must be a list of values such as [0.001, 0.01], or a range such as {{min: 0.0001, max: 0.1, scale: log}}, got {(other is SpecList ? "an empty list" : other.Describe())}";
                return null;
        }
    }

    private static SweepVariable? Range(string field, SpecMap map, bool areDrawn, List<Problem> problems)
    {
        var type = SweepFields.TypeOf(field);
        var reader = new FieldReader(map, $"vary.{field}", problems);
        var before = problems.Count;
        var (min, max, step) = (reader.Number("min"), reader.Number("max"), reader.Number("step"));
        var isLog = string.Equals(reader.Word("scale", [Linear, Log]), Log, StringComparison.OrdinalIgnoreCase);
        reader.Finish();
        if (problems.Count > before)
        {
            return null;
        }

        Problem(type, min, max, step, isLog, areDrawn)?.Invoke(reader);
        if (problems.Count > before)
        {
            return null;
        }

        if (step is { } distance)
        {
            ImmutableArray<SpecNode> values = [.. SweepRange.Steps((decimal)min!.Value, (decimal)max!.Value, (decimal)distance, SweepFile.MostTrials + 1).Select(text => new SpecText(map.Origin, text))];
            return new(field, map.Origin, values, Range: null);
        }

        return new(field, map.Origin, [], new(min!.Value, max!.Value, isLog, type == FieldType.WholeNumber));
    }

    /// <returns>Says what is wrong; null where nothing is.</returns>
    private static Action<FieldReader>? Problem(FieldType? type, double? min, double? max, double? step, bool isLog, bool areDrawn) => (min, max) switch
    {
        (null, _) => reader => reader.Refuse("min", "is missing; a range has min and max"),
        (_, null) => reader => reader.Refuse("max", "is missing; a range has min and max"),
        _ when type is not (FieldType.Number or FieldType.WholeNumber) => reader => reader.Refuse("min", "belongs to a range, and this field is no number: list its values, such as [a, b]"),
        var (least, most) when !(least < most) || Math.Abs(least.Value) > LargestEnd || Math.Abs(most.Value) > LargestEnd =>
            reader => reader.Refuse("max", Invariant($"must be above min, {least}, and neither beyond {LargestEnd:0}, got {most}")),
        _ when type == FieldType.WholeNumber && (min != Math.Floor(min!.Value) || max != Math.Floor(max!.Value) || step is { } part && part != Math.Floor(part)) =>
            reader => reader.Refuse("min", "must be whole, and so must max and step: the field is a whole number"),
        _ when isLog && min <= 0 => reader => reader.Refuse("min", Invariant($"must be above 0 on a logarithmic scale, got {min}")),
        _ when isLog && step is not null => reader => reader.Refuse("step", "goes with a linear scale: on a logarithmic one list the values, or draw samples"),
        _ when step is <= 0 or > LargestEnd => reader => reader.Refuse("step", Invariant($"must be above 0, got {step}")),
        _ when step is < SmallestStep => reader => reader.Refuse("step", Invariant($"must be at least {SmallestStep}, got {step}")),
        _ when step is null && !areDrawn => reader => reader.Refuse("min", "begins a range, of which trials are drawn: say how many by samples, give the range a step, or list its values"),
        _ => null,
    };

    private const double LargestEnd = 1e12;
    private const double SmallestStep = 1e-12;

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
