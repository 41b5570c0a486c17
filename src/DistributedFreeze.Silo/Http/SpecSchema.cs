using System.Text.Json.Nodes;
using DistributedFreeze.Runs;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace DistributedFreeze.Silo.Http;

/// <summary>Lets the OpenAPI document say the names of values, and of fields only those that are written.</summary>
internal static class SpecSchema
{
    public static Task Shape(OpenApiSchema schema, OpenApiSchemaTransformerContext about, CancellationToken cancellationToken)
    {
        var type = Nullable.GetUnderlyingType(about.JsonTypeInfo.Type) ?? about.JsonTypeInfo.Type;
        if (RunEnums.Of(type) is { } names)
        {
            schema.Enum = Values(names.All);
        }
        else if (type == typeof(UnfreezeValue))
        {
            schema.Enum = Values(UnfreezeValue.Names);
        }
        else if (type == typeof(RunLabels))
        {
            schema.Type = JsonSchemaType.Object;
            schema.MaxProperties = RunLabels.Most;
            schema.AdditionalProperties = new OpenApiSchema { Type = JsonSchemaType.String, Pattern = RunLabels.ValuePattern };
        }
        else if (type == typeof(ClassWeightsValue))
        {
            schema.AnyOf =
            [
                new OpenApiSchema { Enum = Values(RunEnums.ClassWeights.All) },
                new OpenApiSchema { Type = JsonSchemaType.Object, AdditionalProperties = new OpenApiSchema { Type = JsonSchemaType.Number } },
            ];
        }

        foreach (var former in (schema.Properties?.Keys ?? []).Where(name => SpecJson.NameOfFormer(type, name) is not null).ToList())
        {
            schema.Properties!.Remove(former);
        }

        return Task.CompletedTask;
    }

    private static List<JsonNode> Values(IEnumerable<string> names) => [.. names.Select(name => JsonValue.Create(name))];
}
