using System.Globalization;
using System.Text.Json.Nodes;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Validation;
using DistributedFreeze.Runs;
using DistributedFreeze.Specs;

namespace DistributedFreeze.Cli.Reference;

/// <summary>The JSON schema (draft 7, which every editor knows) of a run file.</summary>
internal static class RunFileSchema
{
    public static string Json()
    {
        var root = Group("");
        root.Insert(0, "$schema", "http://json-schema.org/draft-07/schema#");
        root.Insert(1, "title", "A run of DistributedFreeze");
        return root.ToJsonString(RunJson.Indented) + "\n";
    }

    /// <summary>The group of fields at a path; the whole run at an empty one.</summary>
    public static JsonObject Group(string path)
    {
        var fields = RunFileFields.All.Where(field => IsWithin(field.Field.Path, path)).ToList();
        var group = new JsonObject
        {
            ["type"] = "object",
            ["additionalProperties"] = false,
            ["properties"] = new JsonObject(fields.Select(field => KeyValuePair.Create<string, JsonNode?>(NameOf(field), Described(field)))),
        };
        if (path == "phases[]")
        {
            group["properties"]!["learning_rate"] = Described(RunFileFields.All.Single(field => field.Field.Path == "phases[].optimizer.learning_rate"));
            group["allOf"] = new JsonArray([.. Pairs().Select(pair => new JsonObject { ["not"] = new JsonObject { ["required"] = new JsonArray(pair.One, pair.Other) } })]);
        }

        if (fields.Where(IsNeeded).Select(NameOf).ToList() is { Count: > 0 } required)
        {
            group["required"] = new JsonArray([.. required.Select(name => JsonValue.Create(name))]);
        }

        return group;
    }

    private static bool IsNeeded(RunFileField field) =>
        field.IsRequired || (field.Type == FieldType.Map && RunFileFields.All.Any(inner => inner.IsRequired && IsWithin(inner.Field.Path, field.Field.Path)));

    /// <summary>A phase says once which layers train.</summary>
    private static IEnumerable<(string One, string Other)> Pairs() =>
        from one in RunDraft.FreezeFields.Index() from other in RunDraft.FreezeFields.Index() where one.Index < other.Index select (one.Item, other.Item);

    private static JsonObject Described(RunFileField field)
    {
        var schema = Typed(field);
        schema.Insert(0, "description", Description(field));
        if (field.Default is { } value)
        {
            schema["default"] = Value(field, value);
        }

        return schema;
    }

    private static JsonObject Typed(RunFileField field) => field.Type switch
    {
        FieldType.WholeNumber => Ranged(new() { ["type"] = "integer" }, field.Range),
        FieldType.Number => Ranged(new() { ["type"] = "number" }, field.Range),
        FieldType.Bytes => new()
        {
            ["anyOf"] = new JsonArray(
                Ranged(new() { ["type"] = "integer" }, field.Range), new JsonObject { ["type"] = "string", ["pattern"] = "^[0-9]+([.][0-9]+)? ?([KMGTkmgt]i?)?[Bb]?$" }),
        },
        FieldType.Flag => new() { ["type"] = "boolean" },
        FieldType.Word => OneOf(field.Words),
        FieldType.Numbers => Numbers(field),
        FieldType.NamedTexts => new()
        {
            ["type"] = "object",
            ["propertyNames"] = new JsonObject { ["pattern"] = RunLabels.NamePattern },
            ["additionalProperties"] = new JsonObject { ["type"] = "string", ["pattern"] = RunLabels.ValuePattern },
            ["maxProperties"] = RunLabels.Most,
        },
        FieldType.WordOrNumbers => new() { ["anyOf"] = new JsonArray(OneOf(field.Words), Numbers(field)) },
        FieldType.WholeNumbers => new() { ["type"] = "array", ["items"] = Ranged(new() { ["type"] = "integer" }, field.Range) },
        FieldType.Texts when field.Field.Path == "model.head.inputs" => new()
        {
            ["type"] = "array",
            ["items"] = OneOf(LayerTable.All.SelectMany(table => table.BlockEnds).Select(layer => layer.Name).Distinct(StringComparer.Ordinal)),
            ["uniqueItems"] = true,
        },
        FieldType.Texts => new() { ["type"] = "array", ["items"] = new JsonObject { ["type"] = "string" }, ["minItems"] = 1 },
        FieldType.Maps => new() { ["type"] = "array", ["items"] = Group(field.Field.Path + "[]"), ["minItems"] = 1 },
        FieldType.Map => Short(field) is { } kind ? new() { ["anyOf"] = new JsonArray(kind, Group(field.Field.Path)) } : Group(field.Field.Path),
        _ => field.Field.Path switch
        {
            "phases[].from" => OneOf(LayerTable.All.SelectMany(table => table.Layers).Select(layer => layer.Name).Distinct(StringComparer.Ordinal)),
            "phases[].stage" => OneOf(LayerTable.All.SelectMany(table => table.Stages).Distinct(StringComparer.Ordinal)),
            _ => new() { ["type"] = "string", ["minLength"] = 1 },
        },
    };

    /// <summary>A group that may be given by its kind alone, such as <c>optimizer: adam</c>.</summary>
    private static JsonObject? Short(RunFileField group) =>
        RunFileFields.All.FirstOrDefault(field => field.Field.Path == $"{group.Field.Path}.kind") is { } kind ? OneOf(kind.Words) : null;

    private static JsonObject OneOf(IEnumerable<string> words) => new() { ["enum"] = new JsonArray([.. words.Select(word => JsonValue.Create(word))]) };

    private static JsonObject Numbers(RunFileField field) =>
        new() { ["type"] = "object", ["additionalProperties"] = Ranged(new() { ["type"] = "number" }, field.Range), ["minProperties"] = 1 };

    private static JsonObject Ranged(JsonObject schema, FieldRange? range)
    {
        if (range is not null)
        {
            schema[range.IncludesMin ? "minimum" : "exclusiveMinimum"] = Number(range.Min);
            if (double.IsFinite(range.Max))
            {
                schema[range.IncludesMax ? "maximum" : "exclusiveMaximum"] = Number(range.Max);
            }
        }

        return schema;
    }

    private static JsonValue Number(double number) => number == Math.Floor(number) && Math.Abs(number) < 1e16 ? JsonValue.Create((long)number) : JsonValue.Create(number);

    private static string Description(RunFileField field) => field.Field.Meaning.Replace("`", "", StringComparison.Ordinal)
        + (field.Field.Unit is { } unit ? $" In {unit}." : "")
        + (field.Field.Absent is { } absent ? $" Left out: {absent}." : "");

    private static JsonNode? Value(RunFileField field, string value) => field.Type switch
    {
        FieldType.WholeNumber or FieldType.Number => Number(double.Parse(value, CultureInfo.InvariantCulture)),
        FieldType.Flag => JsonValue.Create(bool.Parse(value)),
        FieldType.WholeNumbers or FieldType.Texts => JsonNode.Parse(value),
        _ => JsonValue.Create(value),
    };

    private static string NameOf(RunFileField field) => field.Field.Name;

    private static bool IsWithin(string path, string group) =>
        group.Length == 0 ? !path.Contains('.', StringComparison.Ordinal) : path.StartsWith($"{group}.", StringComparison.Ordinal) && path.LastIndexOf('.') == group.Length;
}
