using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Specs;

/// <summary>Reads a tree of texts into a run specification: names and types here, ranges in the validator.</summary>
/// <remarks>The fields are those of <see cref="FieldGroup"/>. What is read is put together as JSON, which says the same in camel case.</remarks>
internal static class SpecReader
{
    private const string Phase = "phases[]";
    private const string LearningRate = "learning_rate";

    /// <summary>The ways to say which layers train, of which a phase takes at most one.</summary>
    public static ImmutableArray<string> FreezeForms { get; } = ["unfreeze_layers", "unfreeze", "from", "stage", "layers"];

    /// <param name="root">The tree, its short forms written out.</param>
    /// <param name="problems">Receives everything that is wrong; the result counts only while it stays empty.</param>
    public static RunSpec Read(SpecMap root, List<Problem> problems) =>
        Group(new FieldReader(root, "", problems), FieldGroup.Run).Deserialize<RunSpec>(RunJson.Compact)!;

    private static JsonObject Group(FieldReader reader, FieldGroup group)
    {
        var others = group.Path == Phase ? OtherForms(reader) : [];
        var values = new JsonObject();
        foreach (var field in group.Fields.Where(field => !others.Contains(field.Field.Name)))
        {
            if ((field.Field.Needed is { } needed ? Needed(reader, field, needed) : Value(reader, field)) is { } value)
            {
                values[field.Member.Name] = value;
            }
        }

        reader.Finish();
        return values;
    }

    private static JsonNode? Value(FieldReader reader, FieldEntry field)
    {
        var name = field.Field.Name;
        return field.Type switch
        {
            FieldType.Text => reader.Text(name),
            FieldType.WholeNumber => field.Member.PropertyType == typeof(long) ? reader.LongNumber(name) : reader.WholeNumber(name),
            FieldType.Number => reader.Number(name),
            FieldType.Bytes => reader.Bytes(name),
            FieldType.Flag => reader.Flag(name),
            FieldType.Word => reader.Word(name, field.Names),
            FieldType.Numbers => JsonSerializer.SerializeToNode(reader.Numbers(name, field.Field.Entries!)),
            FieldType.NamedTexts => JsonSerializer.SerializeToNode(reader.NamedTexts(name, field.Field.Entries!)),
            FieldType.WordOrNumbers => reader.WordOrNumbers(name, field.Names, field.Field.Entries!),
            FieldType.WholeNumbers => reader.Has(name) ? new JsonArray([.. reader.WholeNumbers(name).Select(number => JsonValue.Create(number))]) : null,
            FieldType.Texts => reader.Has(name) ? new JsonArray([.. reader.Texts(name).Select(text => JsonValue.Create(text))]) : null,
            FieldType.Maps => new JsonArray([.. reader.Maps(name).Select(item => Group(item, field.Inner!))]),
            _ => Inner(reader, field),
        };
    }

    /// <summary>A group that is not there says nothing, but may lack what must be given.</summary>
    private static JsonObject? Inner(FieldReader reader, FieldEntry field)
    {
        var values = Group(reader.Map(field.Field.Name), field.Inner!);
        return reader.Has(field.Field.Name) || values.Count > 0 ? values : null;
    }

    /// <summary>A value that must be given; where it is not, an empty one stands for it.</summary>
    private static JsonNode Needed(FieldReader reader, FieldEntry field, string needed)
    {
        var (name, before) = (field.Field.Name, reader.Problems);
        var value = Value(reader, field);
        if (field.Type == FieldType.Maps)
        {
            if (value is JsonArray { Count: 0 } && reader.Problems == before)
            {
                reader.Refuse(name, $"must list {needed}");
            }
        }
        else if (!reader.Has(name))
        {
            reader.Refuse(name, $"is missing; give {needed}");
        }

        return value ?? "";
    }

    /// <returns>The forms of saying which layers train that a phase does not take.</returns>
    private static List<string> OtherForms(FieldReader phase)
    {
        phase.Know([LearningRate, .. FreezeForms]);
        if (phase.Has(LearningRate))
        {
            phase.Refuse(LearningRate, "is given twice: here and in optimizer");
        }

        if (phase.Has("freeze"))
        {
            // "freeze: all" and "freeze: none" are read in either sense, and the wrong one trains what should have been frozen.
            phase.Refuse("freeze", "is not a field, for it is read in two ways; write 'unfreeze: none' (the base is frozen) or 'unfreeze: all' (the whole base trains)");
        }

        var given = FreezeForms.Where(phase.Has).ToList();
        if (given.Count > 1)
        {
            phase.Refuse(given[1], $"cannot stand beside {phase.NameOf(given[0])}; a phase says once which layers train");
        }

        return [.. FreezeForms.Except(given.Take(1))];
    }
}
