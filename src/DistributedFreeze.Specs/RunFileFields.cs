using System.Collections.Immutable;
using System.Globalization;
using DistributedFreeze.Fields;
using DistributedFreeze.Freezing.Validation;

namespace DistributedFreeze.Specs;

/// <summary>Everything a run file may say, found out from the table of fields and the code that judges them. Thread-safe.</summary>
public static class RunFileFields
{
    private static readonly Origin Nowhere = new("", Place: null);

    /// <summary>Every field, each group before its fields, in the order of <see cref="RunFields.All"/>.</summary>
    /// <exception cref="InvalidOperationException"><see cref="RunFields"/> has a field that no record has.</exception>
    public static ImmutableArray<RunFileField> All { get; } = FindOut();

    private static ImmutableArray<RunFileField> FindOut()
    {
        var (ranges, defaults) = (Ranges(Filled("1"), Filled("2")), Defaults());
        var entries = FieldGroup.Run.All.ToDictionary(entry => entry.Field.Path, StringComparer.Ordinal);
        return
        [
            .. RunFields.All.Select(field =>
            {
                var entry = entries[field.Path];
                var path = Numbered(field.Path);
                var isValue = entry.Inner is null && field is { Absent: null, Needed: null };
                return new RunFileField(
                    field, entry.Type, entry.Names, ranges.GetValueOrDefault(path) ?? ranges.GetValueOrDefault($"{path}[0]"), isValue ? defaults.GetValueOrDefault(path) : null,
                    field.Needed is not null);
            }),
        ];
    }

    private static string Numbered(string path) => path.Replace("[]", "[0]", StringComparison.Ordinal);

    /// <summary>A file in which every field has some value but for those that say in other ways which layers train, and an ONNX base, which has no layers that do.</summary>
    private static SpecMap Filled(string number) => FieldGroup.Run.All
        .Where(entry => entry.Field.Path is not ("phases" or "model.base") && !SpecReader.FreezeForms.Skip(1).Any(form => entry.Field.Path == $"phases[].{form}"))
        .Aggregate(Minimal(), (tree, entry) => SpecPath.With(tree, Numbered(entry.Field.Path), Value(entry.Type, entry.Names, number)));

    private static SpecNode Value(FieldType type, ImmutableArray<string> names, string number) => type switch
    {
        FieldType.Map => new SpecMap(Nowhere, []),
        FieldType.WholeNumbers or FieldType.Texts => new SpecList(Nowhere, [new SpecText(Nowhere, number)]),
        FieldType.Word => new SpecText(Nowhere, names[Math.Min(names.Length, int.Parse(number, CultureInfo.InvariantCulture)) - 1]),
        FieldType.Numbers or FieldType.WordOrNumbers or FieldType.NamedTexts => new SpecMap(Nowhere, [new("*", new SpecText(Nowhere, number))]),
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
        var augmented = SpecPath.With(SpecPath.With(Minimal(), "data.augment", new SpecMap(Nowhere, [])), "feature_augmentation", new SpecMap(Nowhere, []));
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

    private static SpecMap Minimal()
    {
        var root = new SpecMap(Nowhere, [new("phases", new SpecList(Nowhere, [new SpecMap(Nowhere, [])]))]);
        return SpecPath.With(SpecPath.With(root, "data.path", new SpecText(Nowhere, "x")), "output", new SpecText(Nowhere, "x"));
    }
}
