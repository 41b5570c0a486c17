using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using DistributedFreeze.Freezing.Layers;

namespace DistributedFreeze.Specs.Sweeps;

/// <summary>The fields of a run that trials may differ in, and how a value is put into one. Pure and thread-safe.</summary>
internal static partial class SweepFields
{
    private const string Phase = "phases[]";
    private const string Rate = "learning_rate";

    /// <summary>Trials that differed in them alone would be the same run, or overwrite one another.</summary>
    private static readonly ImmutableArray<string> Fixed =
        ["output", "labels", "replicas", "min_replicas", "features.cache", "features.directory", "features.memory", "features.disk"];

    private static readonly ImmutableArray<string> Kinds = ["phases[].optimizer", "phases[].schedule"];

    private static readonly ImmutableArray<string> Known =
        [.. FieldGroup.Run.All.Select(entry => entry.Field.Path).Except(Fixed).Except(["phases"]), Phase, $"{Phase}.{Rate}"];

    /// <summary>Why trials cannot differ in a field.</summary>
    /// <param name="field">Its path, with the phase's number.</param>
    /// <param name="phases">How many phases the run has.</param>
    /// <returns>Null where they can.</returns>
    public static string? Refuse(string field, int phases)
    {
        var path = Numbers().Replace(field, "[]");
        if (Fixed.Contains(path))
        {
            return path is "output" or "labels" ? "is the sweep's, and cannot be varied" : "never changes a result, and cannot be varied";
        }

        if (path == "phases")
        {
            return "names its phase, such as phases[0]";
        }

        if (!Known.Contains(path))
        {
            // A person may have left the number out, too.
            return NearNames.Unknown("field", field, Known.Select(known => known.Replace("[]", "[0]", StringComparison.Ordinal))) + "; a field of a run file is named by its path, such as `phases[0].optimizer.learning_rate`";
        }

        return Numbers().Match(field) is { Success: true } number && (!int.TryParse(number.Groups[1].ValueSpan, CultureInfo.InvariantCulture, out var phase) || phase >= phases)
            ? $"there is no such phase: the run has {phases}, counted from 0"
            : null;
    }

    /// <summary>What may stand in a field; null for a group.</summary>
    public static FieldType? TypeOf(string field)
    {
        var path = Numbers().Replace(field, "[]");
        return path == $"{Phase}.{Rate}" ? FieldType.Number : FieldGroup.Run.All.FirstOrDefault(entry => entry.Field.Path == path)?.Type;
    }

    /// <summary>What a field is whatever it is called: two fields of the same identity overwrite one another.</summary>
    /// <param name="field">The field.</param>
    /// <param name="isText">Whether its values are single ones.</param>
    public static string IdentityOf(string field, bool isText)
    {
        var plain = Numbers().Replace(field, number => int.TryParse(number.Groups[1].ValueSpan, CultureInfo.InvariantCulture, out var phase) ? string.Create(CultureInfo.InvariantCulture, $"[{phase}]") : number.Value);
        var path = Numbers().Replace(field, "[]");
        var cut = plain.LastIndexOf('.');
        return path == $"{Phase}.{Rate}" ? $"{plain[..cut]}.optimizer.{Rate}"
            : isText && Kinds.Contains(path) ? $"{plain}.kind"
            : path.StartsWith($"{Phase}.", StringComparison.Ordinal) && SpecReader.FreezeForms.Contains(path[(Phase.Length + 1)..]) ? $"{plain[..cut]}.{SpecReader.FreezeForms[0]}"
            : plain;
    }

    /// <summary>Puts a value into a field; fields of a group are laid over those that it has.</summary>
    /// <param name="root">The run, its short forms written out.</param>
    /// <param name="field">The field.</param>
    /// <param name="value">The value.</param>
    public static SpecMap With(SpecMap root, string field, SpecNode value)
    {
        var path = Numbers().Replace(field, "[]");
        if (value is SpecMap fields && (TypeOf(field) is null or FieldType.Map))
        {
            return fields.Fields.Aggregate(root, (tree, one) => With(tree, $"{field}.{one.Name}", one.Value));
        }

        if (value is SpecText { Value: not null } && Kinds.Contains(path))
        {
            return SpecPath.With(root, $"{field}.kind", value);
        }

        if (path == $"{Phase}.{Rate}")
        {
            return SpecPath.With(root, $"{field[..field.LastIndexOf('.')]}.optimizer.{Rate}", value);
        }

        var cut = field.LastIndexOf('.');
        if (cut > 0 && path[..path.LastIndexOf('.')] == Phase && SpecReader.FreezeForms.Contains(field[(cut + 1)..]))
        {
            root = SpecReader.FreezeForms.Aggregate(root, (tree, form) => SpecPath.Without(tree, $"{field[..cut]}.{form}")); // a phase says once which layers train
        }

        return SpecPath.With(root, field, value);
    }

    [GeneratedRegex(@"\[(\d+)\]", RegexOptions.CultureInvariant)]
    private static partial Regex Numbers();
}
