using System.Text.Json;
using System.Text.Json.Nodes;
using DistributedFreeze.Runs;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace DistributedFreeze.Silo.Http.Document;

/// <summary>Lets the OpenAPI document say the names of values, and of fields only those that are written.</summary>
internal static class SpecSchema
{
    private static readonly Dictionary<Type, JsonObject> Defaults = DefaultsOf(
        new RunSpec { Data = new() { Path = "" }, Phases = [], Output = "" },
        new DataSpec { Path = "" },
        new AugmentationSpec(),
        new ModelSpec(),
        new HeadSpec(),
        new PhaseSpec(),
        new OptimizerSpec(),
        new ScheduleSpec(),
        new FeatureSpec());

    public static Task Shape(OpenApiSchema schema, OpenApiSchemaTransformerContext about, CancellationToken cancellationToken)
    {
        var type = Nullable.GetUnderlyingType(about.JsonTypeInfo.Type) ?? about.JsonTypeInfo.Type;
        schema.Examples = schema.Examples?.Where(example => example is not null).ToList() is { Count: > 0 } examples ? examples : null;
        if (RunEnums.Of(type) is { } names)
        {
            (schema.Type, schema.Enum) = (JsonSchemaType.String, Values(names.All));
        }
        else if (type == typeof(UnfreezeValue))
        {
            (schema.Type, schema.Enum) = (JsonSchemaType.String, Values(UnfreezeValue.Names));
        }
        else if (type.IsEnum)
        {
            schema.Type = JsonSchemaType.String;
        }
        else if (type == typeof(NamedNumbers))
        {
            schema.Type = JsonSchemaType.Object;
            schema.AdditionalProperties = new OpenApiSchema { Type = JsonSchemaType.Number };
        }
        else if (type == typeof(RunLabels))
        {
            schema.Type = JsonSchemaType.Object;
            schema.MaxProperties = RunLabels.Most;
            schema.AdditionalProperties = new OpenApiSchema { Type = JsonSchemaType.String, Pattern = RunLabels.ValuePattern };
        }
        else if (type == typeof(ClassWeightsValue))
        {
            // A name or an object. Said as anyOf, NSwag makes a class of it that reads no names, and Kiota an enumeration that reads no objects.
            (schema.Type, schema.Properties, schema.AdditionalProperties, schema.Default) = (null, null, null, null);
            schema.Examples = [JsonValue.Create(RunEnums.ClassWeights.All[^1]), new JsonObject { ["rose"] = 2.0, ["tulip"] = 1.0 }];
        }

        foreach (var (name, value) in Defaults.GetValueOrDefault(type) ?? [])
        {
            if (schema.Required?.Contains(name) is not true && schema.Properties?.TryGetValue(name, out var given) is true && given is OpenApiSchema { Enum: null, Type: not null } field)
            {
                field.Default = value?.DeepClone();
            }
        }

        foreach (var former in (schema.Properties?.Keys ?? []).Where(name => SpecJson.NameOfFormer(type, name) is not null).ToList())
        {
            schema.Properties!.Remove(former);
        }

        return Task.CompletedTask;
    }

    /// <summary>What is taken where a field is left out: generated clients begin with it, or they would send zeros.</summary>
    private static Dictionary<Type, JsonObject> DefaultsOf(params object[] parts) =>
        parts.ToDictionary(part => part.GetType(), part => new JsonObject(
            JsonSerializer.SerializeToNode(part, RunJson.Compact)!.AsObject()
                .Where(field => field.Value is JsonValue && !(part is PhaseSpec && field.Key is "epochs" or "unfreeze"))
                .Select(field => KeyValuePair.Create(field.Key, field.Value?.DeepClone()))));

    private static List<JsonNode> Values(IEnumerable<string> names) => [.. names.Select(name => JsonValue.Create(name))];
}
