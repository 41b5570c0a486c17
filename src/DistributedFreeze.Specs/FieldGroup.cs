using System.Collections.Immutable;
using System.Text.Json.Serialization.Metadata;
using DistributedFreeze.Fields;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Specs;

/// <summary>A field of a run file, and what its record's member lets stand there.</summary>
/// <param name="Field">Its row in <see cref="RunFields"/>.</param>
/// <param name="Member">What holds it.</param>
/// <param name="Type">What may stand behind its name.</param>
/// <param name="Names">The names that it may have; empty where it is no name of a few.</param>
/// <param name="Inner">The fields of a group, or of the items of a list of groups; null for a value.</param>
internal sealed record FieldEntry(RunField Field, JsonPropertyInfo Member, FieldType Type, ImmutableArray<string> Names, FieldGroup? Inner);

/// <summary>The fields of a run that stand together, in the order of <see cref="RunFields"/>. Immutable and thread-safe.</summary>
/// <remarks>
/// A field needs no more than its row and a member of the record: its type is the member's, found by its name in JSON. So reader and writer of run files have no line
/// for any single field.
/// </remarks>
internal sealed class FieldGroup
{
    private FieldGroup(string path, Type record)
    {
        Path = path;
        var about = RunJson.Compact.GetTypeInfo(record);
        Fields = [.. RunFields.All.Where(field => Parent(field.Path) == path).Select(field => Entry(field, about))];
    }

    /// <summary>The whole run.</summary>
    public static FieldGroup Run { get; } = new("", typeof(RunSpec));

    /// <summary>Its path, a list's items without their number; empty for the whole run.</summary>
    public string Path { get; }

    public ImmutableArray<FieldEntry> Fields { get; }

    /// <summary>These fields, each group before those in it.</summary>
    public IEnumerable<FieldEntry> All => Fields.SelectMany(one => one.Inner is { } inner ? inner.All.Prepend(one) : [one]);

    private static string Parent(string path) => path.LastIndexOf('.') is > 0 and var cut ? path[..cut] : "";

    private static FieldEntry Entry(RunField field, JsonTypeInfo about)
    {
        var name = field.Json[(field.Json.LastIndexOf('.') + 1)..];
        var member = about.Properties.FirstOrDefault(property => property.Name == name)
            ?? throw new InvalidOperationException($"RunFields has {field.Path}, and {about.Type.Name} no {name}.");
        var type = Nullable.GetUnderlyingType(member.PropertyType) ?? member.PropertyType;
        return TypeOf(field, type) switch
        {
            FieldType.Map => new(field, member, FieldType.Map, [], new(field.Path, type)),
            FieldType.Maps => new(field, member, FieldType.Maps, [], new($"{field.Path}[]", type.GenericTypeArguments[0])),
            var other => new(field, member, other, NamesOf(type), null),
        };
    }

    private static FieldType TypeOf(RunField field, Type type) => type switch
    {
        _ when type == typeof(string) => FieldType.Text,
        _ when type == typeof(int) => FieldType.WholeNumber,
        _ when type == typeof(long) => field.Unit == "bytes" ? FieldType.Bytes : FieldType.WholeNumber,
        _ when type == typeof(double) => FieldType.Number,
        _ when type == typeof(bool) => FieldType.Flag,
        _ when type == typeof(NamedNumbers) => FieldType.Numbers,
        _ when type == typeof(ClassWeightsValue) => FieldType.WordOrNumbers,
        _ when type == typeof(RunLabels) => FieldType.NamedTexts,
        _ when type == typeof(ImmutableArray<int>) => FieldType.WholeNumbers,
        _ when type == typeof(ImmutableArray<string>) => FieldType.Texts,
        _ when type == typeof(UnfreezeValue) || type.IsEnum => FieldType.Word,
        _ when type.IsGenericType => FieldType.Maps,
        _ => FieldType.Map,
    };

    private static ImmutableArray<string> NamesOf(Type type) =>
        type == typeof(UnfreezeValue) ? UnfreezeValue.Names : (type == typeof(ClassWeightsValue) ? RunEnums.ClassWeights : RunEnums.Of(type))?.All ?? [];
}
