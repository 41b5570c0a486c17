using System.Collections.Immutable;
using DistributedFreeze.Errors;
using DistributedFreeze.Fields;
using DistributedFreeze.Freezing.Validation;

namespace DistributedFreeze.Client.Specs;

/// <summary>Everything a run file may say, found out from the code that reads and judges it. Thread-safe.</summary>
public static class RunFileFields
{
    private const string Phase = "phases[0].";

    private static readonly Origin Nowhere = new("", Place: null);

    /// <summary>Every field, each group before its fields, in the order of <see cref="RunFields.All"/>.</summary>
    /// <exception cref="InvalidOperationException">The reader asks for a field that <see cref="RunFields"/> does not know, or the other way round.</exception>
    public static ImmutableArray<RunFileField> All { get; } = FindOut();

    private static ImmutableArray<RunFileField> FindOut()
    {
        var log = new FieldLog();
        var sample = Filled(log, "1");
        var ranges = Ranges(sample, Filled(log, "2"));
        var (defaults, required) = (Defaults(), Required());
        var known = RunFields.All.ToDictionary(field => field.Path.Replace("[]", "[0]", StringComparison.Ordinal), StringComparer.Ordinal);
        var strangers = log.Fields.Keys.Except(known.Keys).Concat(known.Keys.Except(log.Fields.Keys)).ToList();
        if (strangers.Count > 0)
        {
            throw new InvalidOperationException($"The reader and RunFields do not agree on {string.Join(", ", strangers)}.");
        }

        return
        [
            .. known.Select(pair =>
            {
                var (type, words) = log.Fields[pair.Key];
                var range = ranges.GetValueOrDefault(pair.Key) ?? ranges.GetValueOrDefault($"{pair.Key}[0]");
                var isValue = type is not (FieldType.Map or FieldType.Maps);
                return new RunFileField(
                    pair.Value, type, words, range, isValue && pair.Value.Absent is null && !required.Contains(pair.Key) ? defaults.GetValueOrDefault(pair.Key) : null, required.Contains(pair.Key));
            }),
        ];
    }

    /// <summary>A file in which every field has some value: groups are read only where they are there.</summary>
    private static SpecMap Filled(FieldLog log, string number)
    {
        var root = Minimal();
        foreach (var form in SpecReader.FreezeForms)
        {
            root = SpecReader.FreezeForms.Aggregate(root, (tree, other) => SpecPath.Without(tree, Phase + other));
            for (var count = -1; count != log.Fields.Count;)
            {
                count = log.Fields.Count;
                SpecReader.Read(SpecPath.With(root, Phase + form, new SpecText(Nowhere, "all")), [], log);
                var missing = log.Fields.Where(field => SpecPath.Find(root, field.Key) is null && !SpecReader.FreezeForms.Any(other => field.Key == Phase + other))
                    .OrderBy(field => field.Key.Length) // groups before what is in them
                    .ToList();
                root = missing.Aggregate(root, (tree, field) => SpecPath.With(tree, field.Key, Value(field.Value.Type, field.Value.Words, number)));
            }
        }

        return root;
    }

    private static SpecNode Value(FieldType type, ImmutableArray<string> words, string number) => type switch
    {
        FieldType.Map => new SpecMap(Nowhere, []),
        FieldType.Maps => new SpecList(Nowhere, [new SpecMap(Nowhere, [])]),
        FieldType.WholeNumbers or FieldType.Texts => new SpecList(Nowhere, [new SpecText(Nowhere, number)]),
        FieldType.Word => new SpecText(Nowhere, words[0]),
        FieldType.Numbers or FieldType.WordOrNumbers => new SpecMap(Nowhere, [new("*", new SpecText(Nowhere, number))]),
        FieldType.Flag => new SpecText(Nowhere, "true"),
        _ => new SpecText(Nowhere, number),
    };

    /// <summary>An end of a range that depends on another field, as that of replicas on shards, is none of the field's own.</summary>
    private static Dictionary<string, FieldRange> Ranges(SpecMap one, SpecMap other)
    {
        var first = RunSpecValidator.Ranges(SpecReader.Read(one, []));
        var second = RunSpecValidator.Ranges(SpecReader.Read(other, []));
        return first.ToDictionary(
            range => range.Key,
            range => range.Value.Max.Equals(second[range.Key].Max) ? range.Value : range.Value with { Max = double.PositiveInfinity },
            StringComparer.Ordinal);
    }

    private static Dictionary<string, string?> Defaults()
    {
        var augmented = SpecPath.With(Minimal(), "data.augment", new SpecMap(Nowhere, []));
        var tree = YamlTree.Read(new StringReader(SpecWriter.Write(SpecReader.Read(augmented, []))), "defaults", []);
        var values = new Dictionary<string, string?>(StringComparer.Ordinal);
        Add(tree, "");
        return values;

        void Add(SpecNode node, string path)
        {
            switch (node)
            {
                case SpecMap map:
                    foreach (var field in map.Fields)
                    {
                        Add(field.Value, path.Length == 0 ? field.Name : $"{path}.{field.Name}");
                    }

                    break;
                case SpecList list when list.Items.Any(item => item is SpecMap):
                    Add(list.Items[0], $"{path}[0]");
                    break;
                case SpecList list:
                    values[path] = $"[{string.Join(", ", list.Items.OfType<SpecText>().Select(item => item.Value))}]";
                    break;
                case SpecText text:
                    values[path] = text.Value;
                    break;
                default:
                    break;
            }
        }
    }

    private static HashSet<string> Required()
    {
        var problems = new List<Problem>();
        SpecReader.Read(new SpecMap(Nowhere, []), problems);
        return [.. problems.Select(problem => problem.Field)];
    }

    private static SpecMap Minimal()
    {
        var root = new SpecMap(Nowhere, [new("phases", new SpecList(Nowhere, [new SpecMap(Nowhere, [])]))]);
        return SpecPath.With(SpecPath.With(root, "data.path", new SpecText(Nowhere, "x")), "output", new SpecText(Nowhere, "x"));
    }
}
